public import Graph

/// What training minimises: one number a sample.
///
/// Adding a loss means: a struct here, one line in the job file's registry, a test.
public protocol LossFunction: Hashable, Sendable {
  /// The name in job files, for example `huber`.
  var name: String { get }

  /// Whether labels are classes: int32 in the shape of the output without its last axis, which holds
  /// the scores. If not they are float32 in the shape of the output.
  var takesClasses: Bool { get }

  /// The loss of each sample: N.
  ///
  /// - Throws: `GraphError` if the loss has settings that do not fit the output.
  func perSample(output: Tensor, labels: Tensor) throws(GraphError) -> Tensor

  /// What a user wants to see of an output; the output itself unless a loss says otherwise.
  func prediction(output: Tensor) throws(GraphError) -> Tensor
}

extension LossFunction {
  /// The output itself.
  public func prediction(output: Tensor) throws(GraphError) -> Tensor { output }

  /// Whether `other` is the same loss with the same settings.
  func isEqual(to other: any LossFunction) -> Bool { (other as? Self) == self }

  /// The mean over a sample's elements: N x ... -> N.
  func meanOfSample(_ x: Tensor) throws(GraphError) -> Tensor {
    try x.flattened().mean([1])
  }
}
