public import Datasets
import Graph
import Layers

/// The splits of a job, opened and checked against its model.
public struct TrainingData {
  /// What is trained on.
  public let train: any SampleSource
  /// What is measured on; nil if the job names none.
  public let test: (any SampleSource)?
  /// The order of the train split's samples in each epoch.
  public let orders: @Sendable (Int) -> SampleOrder

  /// Opens the job's data. Local; every rank opens the same files.
  ///
  /// - Throws: `DatasetError`, or `Failure` naming the shapes if data and model do not fit.
  ///
  /// - Parameter normalization: In place of what the files say, such as that of a trained model.
  public init(_ job: Job, normalization: Normalization? = nil) throws {
    switch job.data {
    case .synthetic(let synthetic):
      train = try Self.synthetic(synthetic, job, seed: job.training.seed)
      test = try Self.synthetic(synthetic, job, seed: job.training.seed &+ 1)
    case .tokens(let tokens):
      let paths = try ShardPaths.expand(tokens.train.map(\.pattern))
      train = try Self.windows(paths, tokens)
      test =
        try tokens.test.isEmpty
        ? nil : Self.sideBySide(ShardPaths.expand(tokens.test.map(\.pattern)), tokens.window)
    case .shards(let trainPaths, let testPaths):
      let byteCount = job.loading.cacheByteCount
      train = Self.fitting(try Self.shards(trainPaths, normalization, cacheBytes: byteCount), job)
      // Evaluation reads in order: a quarter is plenty, and both splits stay below the limit together
      // with what the training needs.
      test =
        testPaths.isEmpty
        ? nil
        : Self.fitting(try Self.shards(testPaths, normalization, cacheBytes: byteCount / 4), job)
    }
    try Self.check(train, "train", job)
    if let test { try Self.check(test, "test", job) }
    orders = try job.orders(of: train)
  }

  /// Opens the shards that the paths and patterns name.
  static func shards(
    _ paths: [Job.DataPath], _ normalization: Normalization? = nil,
    cacheBytes: Int = Job.Loading().cacheByteCount
  ) throws -> ShardedDataset {
    try ShardedDataset(
      paths: try ShardPaths.expand(paths.map(\.pattern)), normalization: normalization,
      cacheBytes: cacheBytes)
  }

  /// Windows at every token, of which an epoch takes some.
  private static func windows(_ paths: [String], _ tokens: Job.Tokens) throws -> TokenWindows {
    var total = 0
    for path in paths { total += try TokenFile(path: path).count }
    return try TokenWindows(
      paths: paths, window: tokens.window,
      epochCount: tokens.epochWindows ?? max(1, (total - paths.count) / tokens.window))
  }

  /// Windows that predict every token once.
  static func sideBySide(_ paths: [String], _ window: Int) throws -> TokenWindows {
    try TokenWindows(paths: paths, window: window, stride: window)
  }

  private static func synthetic(
    _ settings: Job.Synthetic, _ job: Job, seed: UInt64
  ) throws -> any SampleSource {
    if let tokens = job.model.layers.inputTokens {
      let graph = try TrainingGraph(
        model: job.model, loss: job.loss, batchSize: 1, mode: .inference)
      return SyntheticTokens(
        count: settings.samples, featureShape: settings.shape, tokens: tokens,
        classes: settings.classes,
        labelShape: Array(graph.labels.shape.dimensions.dropFirst()), seed: seed)
    }
    if let classes = settings.classes {
      return SyntheticSource(
        count: settings.samples, featureShape: settings.shape, classes: classes, seed: seed)
    }
    let output = try PredictionGraph(model: job.model, loss: job.loss, batchSize: 1).output
    return SyntheticSource(
      count: settings.samples, featureShape: settings.shape,
      targetShape: Array(output.shape.dimensions.dropFirst()), seed: seed)
  }

  /// `source` with its features checked to be token ids, if the job's model takes those.
  static func fitting(_ source: any SampleSource, _ job: Job) -> any SampleSource {
    job.model.layers.inputTokens.map { TokenSource(source, tokens: $0) } ?? source
  }

  /// Sees that samples fit the model's input and labels its output.
  static func check(_ source: any SampleSource, _ split: String, _ job: Job) throws {
    guard source.count > 0 else {
      throw Failure(.badData, "the \(split) split has no samples")
    }
    guard Shape(source.featureShape) == job.model.inputShape else {
      throw Failure(
        .badData,
        "the \(split) split has features of shape \(Shape(source.featureShape)), but model.input is \(job.model.inputShape)"
      )
    }
    let graph = try TrainingGraph(
      model: job.model, loss: job.loss, batchSize: 1, mode: .inference)
    if source is TokenWindows, let tokens = job.model.layers.inputTokens,
      let classes = source.classCount, classes > tokens
    {
      throw Failure(
        .badData,
        "the \(split) split has a vocabulary of \(classes), but the model's embedding only \(tokens) tokens"
      )
    }
    let labels = graph.labels.type
    switch (source.labelKind, labels.element) {
    case (.classes(let classes), .int32):
      let outputs = graph.output.shape.dimensions.last ?? 0
      guard classes <= outputs else {
        throw Failure(
          .badData,
          "the \(split) split has \(classes) classes, but the model's last layer gives \(outputs) scores"
        )
      }
      let wanted = Shape(Array(labels.shape.dimensions.dropFirst()))
      guard Shape(source.labelShape).count == wanted.count else {
        throw Failure(
          .badData,
          "the \(split) split has labels of shape \(Shape(source.labelShape)) a sample, but the model gives scores for \(wanted)"
        )
      }
    case (.targets, .float32):
      let wanted = Shape(Array(labels.shape.dimensions.dropFirst()))
      guard Shape(source.labelShape).count == wanted.count else {
        throw Failure(
          .badData,
          "the \(split) split has targets of shape \(Shape(source.labelShape)), but the model gives \(wanted)"
        )
      }
    default:
      throw Failure(
        .badData, "the labels of the \(split) split do not fit the loss \(job.loss.name)")
    }
  }
}
