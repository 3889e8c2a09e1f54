import Engine
import Graph
import Layers
import Yams

extension Schema<Job.Training> {
  static var training: Schema {
    Schema(
      "training", Job.Training(),
      [
        .optional("epochs", \.epochs, .positive, or: "unlimited"),
        .optional("steps", \.steps, .positive, or: "unlimited"),
        .optional("globalBatch", \.globalBatch, .positive),
        .optional("microBatches", \.microBatches, .positive, or: "auto"),
        .optional("seed", \.seed, .seed),
        .optional("threads", \.threads, .positive, or: "auto"),
        .optional("lossScale", \.lossScale, .number(.positive), or: "dynamic"),
        .optional("compute", \.compute, .word),
      ],
      check: { training, node throws(JobError) in
        if let parts = training.microBatches, parts > training.globalBatch {
          throw JobError(
            node.child("microBatches")?.place ?? node.place,
            "microBatches (\(parts)) must not exceed globalBatch (\(training.globalBatch))")
        }
      })
  }
}

extension Schema<Job.Parallel> {
  static var parallel: Schema {
    Schema(
      "parallel", Job.Parallel(),
      [
        .optional("allReduce", \.allReduce, .word),
        .optional("allReduceModel", \.allReduceModel, .path, or: "none"),
        .optional("bucketMegabytes", \.bucketMegabytes, .number(.positive)),
        .optional("compression", \.compression, .compression),
        .optional("combination", \.combination, .word),
        .optional("progressThread", \.progressThread, .flag),
        .optional("shardOptimizer", \.shardOptimizer, .flag, or: "auto"),
        .optional("onFailure", \.onFailure, .word),
        .optional("timeoutSeconds", \.timeoutSeconds, .number(.positive)),
      ],
      check: { parallel, node throws(JobError) in
        if parallel.combination == .adasum, parallel.compression != .none {
          throw JobError(
            node.child("combination")?.place ?? node.place,
            "adasum needs whole gradients: leave out compression")
        }
        if parallel.onFailure == .shrink, [.window, .hierarchical].contains(parallel.allReduce) {
          throw JobError(
            node.child("allReduce")?.place ?? node.place,
            "\(parallel.allReduce.rawValue) waits in shared memory for ranks that may have died: with onFailure: shrink leave out allReduce, or take ring, halving, doubling or native"
          )
        }
      })
  }
}

extension Schema<Model> {
  static var model: Schema {
    Schema(
      "model", Model(inputShape: [], layers: []),
      [
        .required(
          "input", \.inputShape, Codec<Int>.positive.list.map({ Shape($0) }, \.dimensions)),
        .required("layers", \.layers, .layers),
      ])
  }
}
