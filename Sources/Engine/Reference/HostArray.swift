/// The elements of a tensor in ordinary memory, row-major.
public enum HostArray: Sendable, Equatable {
  /// Features, parameters, activations and gradients.
  case float32([Float])
  /// Class labels, token ids and random-number keys.
  case int32([Int32])

  /// The number of elements.
  public var count: Int {
    switch self {
    case .float32(let values): values.count
    case .int32(let values): values.count
    }
  }

  /// The elements as floats; integers beyond 2^24 are rounded.
  public var floats: [Float] {
    switch self {
    case .float32(let values): values
    case .int32(let values): values.map(Float.init)
    }
  }
}
