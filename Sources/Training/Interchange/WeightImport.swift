import Datasets
import Engine
import Graph
import Interchange
import Layers
import Optimizers
import Parallelism

/// Weights of another program's file as the first checkpoint of a run.
///
/// The checkpoint has step 0 and a fresh optimizer, so that it can be evaluated, predicted with,
/// exported, and trained on with `--resume auto`. Local; blocks until it is on the disk.
public enum WeightImport {
  /// Reads `weights`, writes a run's folder and returns the checkpoint's path.
  ///
  /// Nothing is written unless every tensor of the file has its place and every parameter its tensor.
  ///
  /// - Parameters:
  ///   - job: The model, the optimizer and the data.
  ///   - renaming: `from=to` rules; `to` may be empty to leave a tensor out.
  ///   - normalization: `MEAN/DEVIATION` with one number or one a channel, commas between them, or
  ///     `none`; that of the job's train split if nil.
  ///   - output: A folder that is empty or does not exist.
  /// - Throws: `InterchangeError` that lists all tensors that do not fit; `Failure`.
  public static func run(
    _ weights: String, job: Job, renaming: [String], normalization: String?, output: RunFolder
  ) throws -> String {
    _ = try output.start(.never)
    KernelThreads.useOne()
    let graph = try PredictionGraph(model: job.model, loss: job.loss, batchSize: 1)
    let values = try ForeignWeights(
      weights, for: graph.graph, renaming: try Renaming(parsing: renaming)
    ).values(for: graph.graph.parameters)
    let normalization = try Self.normalization(normalization, job)
    let plan = try Plan(graph.graph, fetching: [graph.prediction])
    let state = try ModelState(
      graph.graph.parameters, map: plan.parameters, optimizer: job.optimizer.policy,
      seed: job.training.seed)
    for (index, values) in values.enumerated() {
      try state.map.pack(values, index, into: state.parameters.base)
      guard job.optimizer.policy.averaging != nil, state.map.entries[index].isTrained,
        let average = state.slots.last
      else { continue }
      try state.map.pack(values, index, into: average.base)
    }
    try output.create()
    try Failure.write(job.yaml, to: output.jobFile)
    return try CheckpointStore(folder: output.checkpoints, keep: nil).save(
      state, TrainingPosition(), job, worldSize: 1, normalization: normalization)
  }

  private static func normalization(_ text: String?, _ job: Job) throws -> Normalization? {
    guard let text else {
      guard case .shards(let train, _) = job.data else { return nil }
      return try TrainingData.shards(train).normalization
    }
    let parts = text == "none" ? ["0", "1"] : text.split(separator: "/").map(String.init)
    let numbers = parts.map { part in part.split(separator: ",").map { Float($0) } }
    guard numbers.count == 2, !numbers.joined().contains(nil),
      let normalization = Normalization(
        mean: numbers[0].compactMap { $0 }, deviation: numbers[1].compactMap { $0 }),
      normalization.fits(job.model.inputShape.dimensions)
    else {
      throw Failure(
        .usage,
        "the normalization \"\(text)\" is not MEAN/DEVIATION with one number, or one for each of the \(job.model.inputShape.dimensions.first ?? 1) channels, and positive deviations; for example 0/255"
      )
    }
    return normalization
  }
}
