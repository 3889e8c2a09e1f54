/// One named array of a checkpoint, in memory.
public struct CheckpointTensor: Sendable, Hashable {
  /// Dotted path, such as `features.0.weight`.
  public let path: String
  /// Elements along each axis; `[]` for one scalar.
  public let shape: [Int]
  /// Elements in row-major order.
  public let values: [Float]

  /// Names an array.
  ///
  /// - Precondition: the number of values is that of the shape.
  public init(path: String, shape: [Int], values: [Float]) {
    precondition(
      values.count == shape.reduce(1, *), "\(path): \(values.count) values for shape \(shape)")
    (self.path, self.shape, self.values) = (path, shape, values)
  }
}

/// A whole checkpoint in memory. Large models are better written from `TensorSource`s and read
/// tensor by tensor, which takes no second copy.
public struct CheckpointContents: Sendable, Hashable {
  /// Everything besides tensors.
  public var state: CheckpointState
  /// Parameters and buffers in visit order.
  public var model: [CheckpointTensor]
  /// The optimizer's arrays by slot, such as `momentum`; each slot in visit order.
  public var optimizer: [String: [CheckpointTensor]]

  /// Puts a checkpoint together.
  public init(
    state: CheckpointState, model: [CheckpointTensor],
    optimizer: [String: [CheckpointTensor]] = [:]
  ) {
    (self.state, self.model, self.optimizer) = (state, model, optimizer)
  }
}

/// A named array that is fetched when its turn to be written comes.
public struct TensorSource {
  /// Dotted path, such as `features.0.weight`.
  public let path: String
  /// Elements along each axis; `[]` for one scalar.
  public let shape: [Int]
  /// Puts the elements, row-major, into memory of exactly their number.
  public let fill: (UnsafeMutableBufferPointer<Float>) throws(CheckpointError) -> Void
  /// The elements, row-major, if they lie in memory like that; spares a copy.
  public let inPlace: UnsafeBufferPointer<Float>?

  /// Names an array that `fill` provides.
  ///
  /// - Parameter inPlace: The same elements, if they lie in memory row-major; must stay valid as long
  ///   as `fill` is kept.
  public init(
    path: String, shape: [Int], inPlace: UnsafeBufferPointer<Float>? = nil,
    fill: @escaping (UnsafeMutableBufferPointer<Float>) throws(CheckpointError) -> Void
  ) {
    (self.path, self.shape, self.inPlace, self.fill) = (path, shape, inPlace, fill)
  }

  /// An array that is in memory already.
  public init(_ tensor: CheckpointTensor) {
    self.init(path: tensor.path, shape: tensor.shape) { target in
      _ = target.update(fromContentsOf: tensor.values)
    }
  }
}

/// Name and shape of one array of a checkpoint.
public struct TensorDescription: Sendable, Hashable {
  /// Dotted path, such as `features.0.weight`.
  public let path: String
  /// Elements along each axis; `[]` for one scalar.
  public let shape: [Int]

  /// Describes an array.
  public init(path: String, shape: [Int]) {
    (self.path, self.shape) = (path, shape)
  }

  /// Number of elements.
  public var elementCount: Int { shape.reduce(1, *) }
}
