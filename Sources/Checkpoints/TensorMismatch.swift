/// How the tensors of a checkpoint differ from those that a model asks for.
public struct TensorMismatch: Sendable, Hashable {
  /// A tensor that both have, in different shapes.
  public struct Misshapen: Sendable, Hashable {
    /// Dotted path.
    public let path: String
    /// The shape that the model asks for.
    public let expected: [Int]
    /// The shape in the checkpoint.
    public let found: [Int]
  }

  /// Paths that the model asks for and the checkpoint lacks.
  public var missing: [String] = []
  /// Paths in the checkpoint that the model does not ask for.
  public var unexpected: [String] = []
  /// Tensors in different shapes.
  public var misshapen: [Misshapen] = []

  /// Whether there is no difference.
  public var isEmpty: Bool { missing.isEmpty && unexpected.isEmpty && misshapen.isEmpty }

  /// Holds what a checkpoint has against what a model asks for, by path; order does not count.
  public init(expected: [TensorDescription], found: [TensorDescription]) {
    let shapes = Dictionary(found.map { ($0.path, $0.shape) }) { first, _ in first }
    for tensor in expected {
      guard let shape = shapes[tensor.path] else {
        missing.append(tensor.path)
        continue
      }
      if shape != tensor.shape {
        misshapen.append(
          Misshapen(path: tensor.path, expected: tensor.shape, found: shape))
      }
    }
    let paths = Set(expected.map(\.path))
    unexpected = found.map(\.path).filter { !paths.contains($0) }
  }
}

extension TensorMismatch: CustomStringConvertible {
  /// One line a tensor.
  public var description: String {
    var lines = missing.map { "  missing     \($0)" }
    lines += unexpected.map { "  unexpected  \($0)" }
    lines += misshapen.map {
      "  misshapen   \($0.path): the model has \($0.expected), the file \($0.found)"
    }
    return lines.joined(separator: "\n")
  }
}

extension CheckpointReader {
  /// Throws unless the checkpoint's parameters and buffers are those that a model asks for.
  ///
  /// - Throws: `CheckpointError.mismatch` with all missing, unexpected and misshapen tensors.
  public func requireModel(_ expected: [TensorDescription]) throws(CheckpointError) {
    let mismatch = TensorMismatch(expected: expected, found: model)
    guard mismatch.isEmpty else { throw .mismatch(file: path, mismatch) }
  }

  /// Throws unless the checkpoint's optimizer arrays are those that an optimizer asks for.
  ///
  /// - Throws: `CheckpointError.mismatch` with all differing arrays as `slot/path`.
  public func requireOptimizer(
    _ expected: [String: [TensorDescription]]
  ) throws(CheckpointError) {
    let mismatch = TensorMismatch(
      expected: Self.flattened(expected), found: Self.flattened(optimizer))
    guard mismatch.isEmpty else { throw .mismatch(file: path, mismatch) }
  }

  private static func flattened(
    _ slots: [String: [TensorDescription]]
  ) -> [TensorDescription] {
    slots.sorted { $0.key < $1.key }.flatMap { slot, tensors in
      tensors.map { TensorDescription(path: "\(slot)/\($0.path)", shape: $0.shape) }
    }
  }
}
