public import Graph

/// A part of a model: a value that describes its settings, and a function from tensor to tensor.
///
/// A layer holds no weights. It asks the graph for parameters by local names ("weight", "bias"),
/// and the scope in which it is called makes them paths: `layers.3.weight`. Calling one layer value
/// in two scopes makes two sets of weights; calling it twice in one scope shares one set.
///
/// Adding a layer means: a struct here, one line in the job file's registry, a test.
public protocol Layer: Hashable, Sendable {
  /// The name in job files and in errors, for example `conv2d`.
  var name: String { get }

  /// Below which number token ids must stay, if the layer takes int32 token ids instead of float32
  /// features; nil for all others. The first layer decides what a model's input is.
  var inputTokens: Int? { get }

  /// Appends the layer to the graph of `x` and returns its result.
  ///
  /// - Parameters:
  ///   - x: The input; axis 0 is the batch.
  ///   - context: What a layer needs beside its input; shared by the layers of one model.
  /// - Throws: `GraphError` with the scope and the shapes when `x` does not fit.
  func callAsFunction(_ x: Tensor, _ context: inout BuildContext) throws(GraphError) -> Tensor
}

extension Layer {
  /// Features, unless a layer says otherwise.
  public var inputTokens: Int? { nil }

  /// Whether `other` is a layer of the same kind with the same settings.
  public func isEqual(to other: any Layer) -> Bool { (other as? Self) == self }

  /// The error of this layer at the scope that `graph` is in.
  func error(_ reason: String, in graph: TensorGraph) -> GraphError {
    GraphError(name, reason, scope: graph.scope)
  }

  /// Checks that `x` is a batch of images.
  func expectImages(_ x: Tensor) throws(GraphError) {
    guard x.shape.rank == 4 else {
      throw error("needs an input N x C x H x W, is \(x.shape)", in: x.graph)
    }
  }

  /// Checks a setting that only code, not a job file, can get wrong.
  func expectPositive(_ what: String, _ value: Int, in graph: TensorGraph) throws(GraphError) {
    guard value > 0 else { throw error("\(what) must be positive, is \(value)", in: graph) }
  }
}
