/// The differences between two checkpoints, bit by bit.
///
/// The number of ranks that wrote a file does not count.
public struct CheckpointComparison: Sendable {
  /// One difference.
  public enum Difference: Sendable, Hashable {
    /// A tensor that only the first checkpoint has.
    case onlyInFirst(path: String)
    /// A tensor that only the second checkpoint has.
    case onlyInSecond(path: String)
    /// A tensor in two shapes.
    case shape(path: String, first: [Int], second: [Int])
    /// A tensor with `count` elements of other bits, at most `maximum` apart; NaN when one is NaN.
    case values(path: String, count: Int, of: Int, maximum: Float)
    /// An entry of the state.
    case state(name: String, first: String, second: String)
  }

  /// All differences: the state's first, then those of the tensors in the first file's order.
  public let differences: [Difference]

  /// Whether the two are the same to the bit.
  public var isEqual: Bool { differences.isEmpty }

  /// Compares two files, in memory for one tensor of each.
  ///
  /// - Throws: `CheckpointError` when one of them cannot be read.
  public init(_ first: CheckpointReader, _ second: CheckpointReader) throws(CheckpointError) {
    var differences = Self.compare(first.state, second.state)
    let others = Dictionary(second.allTensors.map { ($0.path, $0.shape) }) { shape, _ in shape }
    try first.forEachTensor { (tensor, values) throws(CheckpointError) in
      guard let shape = others[tensor.path] else {
        differences.append(.onlyInFirst(path: tensor.path))
        return
      }
      guard shape == tensor.shape else {
        differences.append(
          .shape(path: tensor.path, first: tensor.shape, second: shape))
        return
      }
      let other = UnsafeMutableBufferPointer<Float>.allocate(capacity: values.count)
      defer { other.deallocate() }
      try second.read(tensor.path, into: other)
      if let difference = Self.compare(tensor.path, values, UnsafeBufferPointer(other)) {
        differences.append(difference)
      }
    }
    let paths = Set(first.allTensors.map(\.path))
    for tensor in second.allTensors where !paths.contains(tensor.path) {
      differences.append(.onlyInSecond(path: tensor.path))
    }
    self.differences = differences
  }

  private static func compare(
    _ path: String, _ first: UnsafeBufferPointer<Float>, _ second: UnsafeBufferPointer<Float>
  ) -> Difference? {
    var count = 0
    var maximum: Float = 0
    for (one, other) in zip(first, second) where one.bitPattern != other.bitPattern {
      count += 1
      let distance = abs(one - other)
      // NaN stays NaN: no comparison with it is true.
      if !(distance <= maximum) && !maximum.isNaN { maximum = distance }
    }
    return count == 0 ? nil : .values(path: path, count: count, of: first.count, maximum: maximum)
  }

  private static func compare(
    _ first: CheckpointState, _ second: CheckpointState
  ) -> [Difference] {
    let (one, other) = (entries(first), entries(second))
    return Set(one.keys).union(other.keys).sorted().compactMap { name in
      guard one[name] != other[name] else { return nil }
      return .state(
        name: name, first: one[name] ?? "(missing)", second: other[name] ?? "(missing)")
    }
  }

  private static func entries(_ state: CheckpointState) -> [String: String] {
    var entries = [
      "step": "\(state.step)", "epoch": "\(state.epoch)", "position": "\(state.position)",
      "seed": "\(state.seed)", "jobText": state.jobText,
    ]
    // Swift prints the shortest decimal that reads back as the same number; equal text, equal bits,
    // but for the payloads of NaNs.
    for (name, number) in state.numbers { entries["numbers/\(name)"] = "\(number)" }
    for (name, text) in state.texts { entries["texts/\(name)"] = text }
    return entries
  }
}

extension CheckpointComparison: CustomStringConvertible {
  /// `equal`, or one line a difference.
  public var description: String {
    isEqual ? "equal" : differences.map { "\($0)" }.joined(separator: "\n")
  }
}

extension CheckpointComparison.Difference: CustomStringConvertible {
  /// One line.
  public var description: String {
    switch self {
    case .onlyInFirst(let path): "\(path): only in the first"
    case .onlyInSecond(let path): "\(path): only in the second"
    case .shape(let path, let first, let second): "\(path): shapes \(first) and \(second)"
    case .values(let path, let count, let total, let maximum):
      "\(path): \(count) of \(total) elements differ, by at most \(maximum)"
    case .state(let name, let first, let second):
      first.contains("\n") || second.contains("\n")
        ? "state \(name): the texts differ" : "state \(name): \(first) and \(second)"
    }
  }
}
