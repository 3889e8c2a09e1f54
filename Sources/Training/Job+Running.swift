import Datasets
import Engine
import Layers
import MPI
import Parallelism

extension Job {
  /// The steps of an epoch.
  func schedule(epoch: Int, of data: TrainingData, _ microBatches: Int) -> BatchSchedule {
    BatchSchedule(
      globalBatch: training.globalBatch, microBatches: microBatches, epoch: epoch,
      orders: data.orders)
  }

  /// What data parallelism needs to know. Collective.
  func parallelSettings(threads: Int, on world: Communicator) throws -> DataParallel.Settings {
    var settings = DataParallel.Settings(
      model: model, loss: loss, globalBatch: training.globalBatch,
      microBatches: training.microBatches, threads: threads,
      allReduce: parallel.sumChoice,
      bucketBytes: parallel.bucketByteLimit, seed: training.seed)
    settings.allReduceModel = try allReduceModel(on: world)
    settings.hasProgressThread = parallel.progressThread
    settings.lossScale = training.lossScale ?? LossScaler.first
    settings.descends = !divergence.isOn
    settings.arithmetic = try arithmetic(on: world)
    settings.usesAdasum = parallel.combination == .adasum
    settings.compression = parallel.compression
    settings.shardsOptimizer =
      parallel.shardOptimizer ?? (parallel.onFailure == .shrink ? false : nil)
    return settings
  }

  /// In which numbers products take their operands: as the job says if all ranks have instructions for
  /// it, so that they compute alike. Collective.
  func arithmetic(on world: Communicator) throws -> Arithmetic {
    let lacking = try world.allGather(training.compute.isNative ? "" : world.processorName)
    guard let rank = lacking.firstIndex(where: { !$0.isEmpty }) else { return training.compute }
    if world.isRoot {
      Console.error(
        "trireme: note: the processor of rank \(rank) on \(lacking[rank]) has no instructions for \(training.compute.rawValue): computing in float32"
      )
    }
    return .float32
  }

  /// The job's model on made-up data of one global batch.
  func syntheticTwin() throws -> TrainingData {
    var twin = self
    let output = try PredictionGraph(model: model, loss: loss, batchSize: 1).output
    twin.loading = Loading()
    twin.data = .synthetic(
      Synthetic(
        shape: model.inputShape.dimensions,
        classes: loss.takesClasses ? output.shape.dimensions.last : nil,
        samples: training.globalBatch))
    return try TrainingData(twin)
  }

  /// The graph of a batch in Graphviz's language.
  public func graphviz(name: String, batchSize: Int, isTraining: Bool) throws -> String {
    isTraining
      ? try TrainingGraph(model: model, loss: loss, batchSize: batchSize).graph.graphviz(name: name)
      : try PredictionGraph(model: model, loss: loss, batchSize: batchSize).graph
        .graphviz(name: name)
  }
}

extension Job.Parallel {
  /// How gradients are summed: by messages, where a rank may be lost. In shared memory the others would
  /// wait for it without hearing of its end.
  fileprivate var sumChoice: GradientSum.Choice {
    if onFailure == .shrink, allReduce == .auto { return .ring }
    return GradientSum.Choice(rawValue: allReduce.rawValue) ?? .auto
  }
}
