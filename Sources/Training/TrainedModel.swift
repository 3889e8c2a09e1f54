import Checkpoints
public import Datasets
import Engine
import Graph
import Layers
public import MPI
import Optimizers

/// A model read from a checkpoint, for evaluation and prediction.
public final class TrainedModel {
  /// The job that trained it.
  public let job: Job
  let path: String
  let map: ParameterMap
  let parameters: FloatMemory
  let normalization: Normalization?
  /// What each token id stands for; nil if the model was not trained on a text.
  let vocabulary: [String]?
  /// Samples of one pass through the network.
  private let chunk = 64

  /// Reads a checkpoint: the average of the weights if one was kept, else the weights. Local.
  ///
  /// - Throws: `CheckpointError`; `JobError` if its job cannot be read.
  public init(checkpoint path: String) throws {
    KernelThreads.useOne()
    self.path = path
    let reader = try CheckpointReader(path)
    job = try Job(text: reader.state.jobText, file: path)
    let graph = try PredictionGraph(model: job.model, loss: job.loss, batchSize: chunk)
    let plan = try Plan(graph.graph, fetching: [graph.prediction])
    map = plan.parameters
    parameters = FloatMemory(count: map.count)
    normalization = try Self.normalization(of: reader, job)
    vocabulary = reader.state.texts["vocabulary"].flatMap(VocabularyText.decode)
    try reader.requireModel(
      map.entries.map { TensorDescription(path: $0.path, shape: $0.shape.dimensions) })
    for (index, entry) in map.entries.enumerated() {
      var values = [Float](repeating: 0, count: entry.shape.count)
      let isAveraged = entry.isTrained && job.optimizer.policy.averaging != nil
      try values.withUnsafeMutableBufferPointer {
        if isAveraged {
          try reader.readOptimizer(slot: UpdatePolicy.averageSlot, entry.path, into: $0)
        } else {
          try reader.readModel(entry.path, into: $0)
        }
      }
      try map.pack(values, index, into: parameters.base)
    }
  }

  private static func normalization(
    of checkpoint: CheckpointReader, _ job: Job
  ) throws -> Normalization? {
    guard let text = checkpoint.state.texts["normalization"] else { return nil }
    guard let normalization = NormalizationText.decode(text),
      normalization.fits(job.model.inputShape.dimensions)
    else {
      throw Failure(
        .inputOutput, "\(checkpoint.path): its normalization does not fit the model's input")
    }
    return normalization
  }

  /// Opens labelled shards by patterns; the job's test split if there are none.
  public func source(_ patterns: [String]) throws -> any SampleSource {
    guard patterns.isEmpty else {
      return try source(patterns, "given")
    }
    // Fed as the model was, whatever the files say today.
    if case .shards(_, let test) = job.data, !test.isEmpty {
      return try source(test.map(\.pattern), "test")
    }
    guard let test = try TrainingData(job, normalization: normalization).test else {
      throw Failure(.usage, "the job of \(path) names no test split: give --data")
    }
    return test
  }

  private func source(_ patterns: [String], _ split: String) throws -> any SampleSource {
    if case .tokens(let tokens) = job.data {
      let windows = try TrainingData.sideBySide(ShardPaths.expand(patterns), tokens.window)
      try TrainingData.check(windows, split, job)
      return windows
    }
    let shards = try ShardedDataset(
      paths: try ShardPaths.expand(patterns), normalization: normalization)
    try TrainingData.check(shards, split, job)
    return TrainingData.fitting(shards, job)
  }

  /// Mean loss and accuracy over a split. Collective, blocking.
  public func evaluate(
    _ source: any SampleSource, on communicator: Communicator
  ) throws -> Evaluation {
    try Evaluator(
      model: job.model, loss: job.loss, metrics: job.metrics.list, map: map,
      parameters: parameters.base, on: communicator,
      chunk: chunk
    ).evaluate(source)
  }

  /// Opens the samples of an HDF5 or CSV file; labels are not needed.
  public func samples(in path: String) throws -> any SampleSource {
    guard path.hasSuffix(".csv") else {
      let shards = try ShardedDataset(
        paths: [path], normalization: normalization, verification: .layout, requiresLabels: false)
      guard Shape(shards.featureShape) == job.model.inputShape else {
        throw Failure(
          .badData,
          "\(path): features have shape \(Shape(shards.featureShape)), the model wants \(job.model.inputShape)"
        )
      }
      return TrainingData.fitting(shards, job)
    }
    return TrainingData.fitting(
      try TableSource(
        csv: path, sampleShape: job.model.inputShape.dimensions, normalization: normalization), job)
  }

  /// The model's results for all samples. Local, blocking.
  public func predict(_ source: any SampleSource) throws -> Predictions {
    let reader = BatchReader(source: source, capacity: chunk)
    var values: [Float] = []
    var shape: [Int] = []
    var executors: [Int: (prediction: Tensor, executor: Executor)] = [:]
    for start in stride(from: 0, to: source.count, by: chunk) {
      let range = start..<min(source.count, start + chunk)
      let (prediction, executor) = try executors[range.count] ?? executor(range.count)
      executors[range.count] = (prediction, executor)
      try executor.load(range, from: reader)
      try executor.run()
      shape = Array(prediction.shape.dimensions.dropFirst())
      values += executor.value(of: prediction).map(Array.init) ?? []
    }
    return Predictions(
      values: values, sampleShape: shape, count: source.count,
      areProbabilities: job.loss.takesClasses)
  }

  /// What predicts for `batchSize` samples at once.
  func executor(_ batchSize: Int) throws -> (prediction: Tensor, executor: Executor) {
    let graph = try PredictionGraph(model: job.model, loss: job.loss, batchSize: batchSize)
    let plan = try Plan(graph.graph, fetching: [graph.prediction], parameters: map)
    return (graph.prediction, try Executor(plan, parameters: parameters.base))
  }
}
