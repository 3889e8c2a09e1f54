import Yams

extension Job {
  /// The job as YAML with every default written out, in a fixed order: reading it gives an equal job.
  /// Paths are absolute, so that the file may lie anywhere.
  public var yaml: String {
    var data = DataSettings()
    switch self.data {
    case .shards(let train, let test):
      (data.train, data.test, data.loading) = (train, test, loading)
    case .tokens(let tokens):
      (data.train, data.test, data.loading) = (tokens.train, tokens.test, loading)
      (data.window, data.epochWindows) = (tokens.window, tokens.epochWindows)
    case .synthetic(let made):
      data.synthetic = DataSettings.Synthetic(
        shape: made.shape, classes: .some(made.classes), samples: made.samples)
    }
    let settings = JobSettings(
      data: data, model: model, loss: loss, metrics: metrics, optimizer: optimizer,
      training: training, parallel: parallel, checkpoint: checkpoint, divergence: divergence,
      federated: federated, privacy: privacy)
    // A job without clients says nothing about them.
    let absent =
      (federated == nil ? ["federated"] : []) + (privacy == nil ? ["privacy"] : [])
    let pairs = JobSettings.schema.pairs(settings).filter { !absent.contains($0.0.string ?? "") }
    do {
      return try Yams.serialize(
        node: Node(pairs), width: -1, allowUnicode: true)
    } catch {
      preconditionFailure("a resolved job cannot be written: \(error)")
    }
  }
}
