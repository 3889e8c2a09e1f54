import Glibc
import Graph
import Layers
import Optimizers

extension Job {
  /// Reads a job file. Local: one rank reads, the others get the text from it.
  ///
  /// - Parameters:
  ///   - path: The file; paths in it are relative to its folder.
  ///   - overrides: `key.path=value`, applied in order before anything is decoded; list elements are
  ///     named by their index (`model.layers.0.dense.units=5`). Paths in them are relative to
  ///     `currentFolder`.
  ///   - currentFolder: An absolute path; the process's own if nil.
  /// - Throws: `JobError` with file, line, key and what was expected.
  public init(
    file path: String, overrides: [String] = [], currentFolder: String? = nil
  ) throws(JobError) {
    let text = try contents(of: path)
    try self.init(text: text, file: path, overrides: overrides, currentFolder: currentFolder)
  }

  /// Reads the text of a job file, for example one kept in a checkpoint.
  ///
  /// - Parameter file: The name for messages; relative paths in the text start at its folder.
  /// - Throws: `JobError` with file, line, key and what was expected.
  public init(
    text: String, file: String, overrides: [String] = [], currentFolder: String? = nil
  ) throws(JobError) {
    let current = currentFolder ?? workingFolder()
    let folder = absolutePath(file + "/..", in: current)
    var root = try JobNode.parse(text, folder: folder) { .line($0, file: file) }
    for override in overrides { try root.apply(override: override, folder: current) }
    var settings = try JobSettings.schema.decode(root)
    let asked = root.child("checkpoint")
    if ["everySteps", "everyEpochs", "everyMinutes"].allSatisfy({ asked?.child($0) == nil }) {
      settings.checkpoint.everyEpochs = 1
    }
    if var scaling = settings.optimizer.schedule as? LinearScaling {
      scaling.batch = settings.training.globalBatch
      settings.optimizer.schedule = scaling
    }
    let graph = try Self.checked(settings, root)
    try Self.checkMetrics(settings, root)
    try Self.checkBest(settings, root)
    try Self.checkAugmentation(settings, root)
    try Self.checkPlateau(settings, root)
    try Self.checkGroups(settings.optimizer.policy, graph.graph, root)
    try Self.checkLength(settings, root)
    self.init(
      data: try Self.resolved(settings, graph, root), loading: settings.data.loading,
      model: settings.model, loss: settings.loss,
      metrics: settings.metrics,
      optimizer: settings.optimizer, training: settings.training, parallel: settings.parallel,
      checkpoint: settings.checkpoint, divergence: settings.divergence,
      federated: settings.federated, privacy: settings.privacy)
  }

  /// Builds the model for one sample, and turns a refusal into an error at the layer's line.
  private static func checked(
    _ settings: JobSettings, _ root: JobNode
  ) throws(JobError) -> TrainingGraph {
    do {
      return try TrainingGraph(model: settings.model, loss: settings.loss, batchSize: 1)
    } catch {
      let path = error.scope.split(separator: ".")
      let layers = root.child("model")?.child("layers")?.elements ?? []
      let node: JobNode? =
        if path.count > 1, let index = Int(path[1]), layers.indices.contains(index) {
          layers[index]
        } else {
          root.child("loss")
        }
      throw JobError((node ?? root).place, "\(error)")
    }
  }

  /// A training ends somewhere; a federation after its rounds.
  private static func checkLength(
    _ settings: JobSettings, _ root: JobNode
  ) throws(JobError) {
    let training = root.child("training") ?? root
    if settings.federated != nil {
      guard settings.optimizer.policy.averaging == nil else {
        throw JobError(
          (root.child("optimizer") ?? root).place,
          "the clients of a federation keep no average of weights: leave \"average\" out")
      }
      guard settings.training.lossScale == 1 else {
        throw JobError(
          (training.child("lossScale") ?? training).place,
          "the clients of a federation do not scale their losses: leave \"lossScale\" out")
      }
      return
    }
    guard settings.privacy == nil else {
      throw JobError(
        (root.child("privacy") ?? root).place, "privacy is for federated jobs: add \"federated\"")
    }
    guard settings.training.epochs != nil || settings.training.steps != nil else {
      throw JobError(training.place, "training needs the key \"epochs\" or \"steps\"")
    }
  }

  /// Images have three axes.
  private static func checkAugmentation(
    _ settings: JobSettings, _ root: JobNode
  ) throws(JobError) {
    let shape = settings.model.inputShape
    for (index, step) in settings.data.loading.augmentation.enumerated()
    where step.wantsImages && shape.dimensions.count != 3 {
      let nodes = root.child("data")?.child("augment")?.elements ?? []
      throw JobError(
        (nodes.indices.contains(index) ? nodes[index] : root).place,
        "this augmentation is for images, channels x height x width; the model's input is \(shape)")
    }
  }

  /// A metric must go with the kind of labels that the loss takes.
  private static func checkMetrics(
    _ settings: JobSettings, _ root: JobNode
  ) throws(JobError) {
    for (index, metric) in settings.metrics.list.enumerated() {
      guard let takesClasses = metric.takesClasses, takesClasses != settings.loss.takesClasses
      else { continue }
      let nodes = root.child("metrics")?.elements ?? []
      throw JobError(
        (nodes.indices.contains(index) ? nodes[index] : root).place,
        "the metric \"\(metric.name)\" wants labels that are \(takesClasses ? "classes" : "numbers"), the loss \"\(settings.loss.name)\" \(takesClasses ? "numbers" : "classes")"
      )
    }
  }

  /// What the best checkpoint is chosen by must be measured.
  private static func checkBest(_ settings: JobSettings, _ root: JobNode) throws(JobError) {
    guard let name = settings.checkpoint.best else { return }
    var known = ["loss"] + (settings.loss.takesClasses ? ["accuracy"] : [])
    known += settings.metrics.list.filter { !($0 is ConfusionMatrix) }.map(\.valueName)
    let node = root.child("checkpoint")?.child("best") ?? root
    guard settings.data.synthetic != nil || !settings.data.test.isEmpty else {
      throw JobError(node.place, "best is chosen by the test split, but there is no data.test")
    }
    guard !known.contains(name) else { return }
    throw JobError(
      node.place,
      "best names \"\(name)\", which is not measured; there are \(known.joined(separator: ", "))"
        + suggestion(for: name, among: known))
  }

  /// Who lowers the rate by the test loss needs one.
  private static func checkPlateau(
    _ settings: JobSettings, _ root: JobNode
  ) throws(JobError) {
    guard settings.optimizer.schedule.plateauRule != nil, settings.data.synthetic == nil,
      settings.data.test.isEmpty
    else { return }
    throw JobError(
      (root.child("optimizer") ?? root).place,
      "reduceOnPlateau looks at the loss on the test split: give data.test")
  }

  /// A group that contains no parameter is a slip of the pen.
  private static func checkGroups(
    _ policy: UpdatePolicy, _ graph: TensorGraph, _ root: JobNode
  ) throws(JobError) {
    let paths = graph.parameters.filter(\.isTrained).map(\.path)
    guard let idle = policy.idleGroups(among: paths).first else { return }
    let node = root.child("optimizer")?.child(policy.rule.name)?.child("groups") ?? root
    throw JobError(
      node.place,
      "no trained parameter matches \"\(idle.parameters)\" in groups; there are "
        + paths.prefix(8).joined(separator: ", ") + (paths.count > 8 ? ", ..." : ""))
  }

  /// Shards, or windows over token files as long as the model's input.
  private static func files(_ settings: JobSettings, _ root: JobNode) throws(JobError) -> Data {
    let data = settings.data
    guard let window = data.window else { return .shards(train: data.train, test: data.test) }
    let place = root.child("data")?.child("window")?.place ?? root.place
    guard settings.model.layers.inputTokens != nil else {
      throw JobError(place, "windows of tokens need a model that begins with an embedding")
    }
    guard settings.model.inputShape == [window] else {
      throw JobError(
        place,
        "windows of \(window) tokens do not fit the model's input \(settings.model.inputShape)")
    }
    return .tokens(
      Tokens(
        train: data.train, test: data.test, window: window, epochWindows: data.epochWindows))
  }

  /// The data with what follows from the model filled in.
  private static func resolved(
    _ settings: JobSettings, _ graph: TrainingGraph, _ root: JobNode
  ) throws(JobError) -> Data {
    guard let made = settings.data.synthetic else {
      return try files(settings, root)
    }
    let node = root.child("data")?.child("synthetic") ?? root
    let input = settings.model.inputShape
    if let shape = made.shape, Shape(shape) != input {
      throw JobError(
        node.child("shape")?.place ?? node.place,
        "samples of shape \(Shape(shape)) do not fit the model's input \(input)")
    }
    let outputs = settings.loss.takesClasses ? graph.output.shape.dimensions.last : nil
    let classes = made.classes ?? outputs
    guard (classes ?? 0) <= (outputs ?? 0), (classes == nil) == (outputs == nil) else {
      let wanted = outputs.map { "1 to \($0) classes" } ?? "no classes"
      throw JobError(
        node.child("classes")?.place ?? node.place,
        "the model's output and \(settings.loss.name) go with \(wanted), found \(classes.map(String.init) ?? "none")"
      )
    }
    return .synthetic(
      Synthetic(
        shape: input.dimensions, classes: classes,
        samples: made.samples ?? max(1024, settings.training.globalBatch)))
  }
}

/// The absolute path of the process's current folder; the root if it has been removed.
private func workingFolder() -> String {
  guard let buffer = getcwd(nil, 0) else { return "/" }
  defer { free(buffer) }
  return String(cString: buffer)
}

/// The text of a file.
private func contents(of path: String) throws(JobError) -> String {
  func failure() -> JobError {
    JobError(.file(path), "cannot be read: \(String(cString: strerror(errno)))")
  }
  guard let file = fopen(path, "r") else { throw failure() }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  while case let count = fread(&chunk, 1, chunk.count, file), count > 0 {
    bytes += chunk[..<count]
  }
  guard ferror(file) == 0 else { throw failure() }
  guard let text = String(validating: bytes, as: UTF8.self) else {
    throw JobError(.file(path), "is not UTF-8 text")
  }
  return text
}
