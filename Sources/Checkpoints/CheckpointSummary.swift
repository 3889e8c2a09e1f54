/// What a checkpoint holds, in numbers: for `trireme checkpoint inspect`.
public struct CheckpointSummary: Sendable {
  /// One tensor in numbers.
  public struct TensorSummary: Sendable {
    /// Path in the file, such as `model/features.0.weight`.
    public let path: String
    /// Elements along each axis.
    public let shape: [Int]
    /// Smallest element; infinity when there is none.
    public let minimum: Float
    /// Largest element.
    public let maximum: Float
    /// Square root of the mean square.
    public let rootMeanSquare: Double
    /// Elements that are NaN or infinite.
    public let notFinite: Int
  }

  /// Path of the file.
  public let path: String
  /// Everything besides tensors.
  public let state: CheckpointState
  /// Number of the model's elements.
  public let modelElementCount: Int
  /// All tensors: the model's in visit order, then the optimizer's.
  public let tensors: [TensorSummary]

  /// Reads all of a checkpoint, in memory for one tensor.
  ///
  /// - Throws: `CheckpointError` that names the damaged dataset.
  public init(_ reader: CheckpointReader) throws(CheckpointError) {
    (path, state) = (reader.path, reader.state)
    modelElementCount = reader.model.reduce(0) { $0 + $1.elementCount }
    var tensors: [TensorSummary] = []
    try reader.forEachTensor { (tensor, values) throws(CheckpointError) in
      var (minimum, maximum, squares, notFinite) = (Float.infinity, -Float.infinity, 0.0, 0)
      for value in values {
        guard value.isFinite else {
          notFinite += 1
          continue
        }
        minimum = min(minimum, value)
        maximum = max(maximum, value)
        squares += Double(value) * Double(value)
      }
      let finite = values.count - notFinite
      tensors.append(
        TensorSummary(
          path: tensor.path, shape: tensor.shape, minimum: minimum, maximum: maximum,
          rootMeanSquare: finite > 0 ? (squares / Double(finite)).squareRoot() : 0,
          notFinite: notFinite))
    }
    self.tensors = tensors
  }
}

extension CheckpointSummary: CustomStringConvertible {
  /// Several lines: the state, then one line a tensor.
  public var description: String {
    let ranks = "\(state.worldSize) rank\(state.worldSize == 1 ? "" : "s")"
    var lines = [
      "checkpoint  \(path)",
      "step        \(state.step), epoch \(state.epoch), \(state.position) samples into it",
      "seed        \(state.seed), written by \(ranks)",
      "model       \(modelElementCount) elements",
    ]
    for (name, number) in state.numbers.sorted(by: { $0.key < $1.key }) {
      lines.append("  \(name) = \(number)")
    }
    for (name, text) in state.texts.sorted(by: { $0.key < $1.key }) {
      lines.append("  \(name) = \(text)")
    }
    for tensor in tensors {
      var line = "\(tensor.path) \(tensor.shape)  \(tensor.minimum) ... \(tensor.maximum)"
      line += ", root mean square \((tensor.rootMeanSquare * 1e6).rounded() / 1e6)"
      if tensor.notFinite > 0 { line += ", \(tensor.notFinite) NOT FINITE" }
      lines.append(line)
    }
    return lines.joined(separator: "\n")
  }
}
