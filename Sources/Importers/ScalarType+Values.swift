import HDF5

extension ScalarType {
  /// The integer whose bytes in this type lie at the beginning of `word` (little-endian).
  func integer(from word: UInt64) -> Int {
    switch self {
    case .int8: Int(Int8(truncatingIfNeeded: word))
    case .int16: Int(Int16(truncatingIfNeeded: word))
    case .int32: Int(Int32(truncatingIfNeeded: word))
    case .uint8: Int(UInt8(truncatingIfNeeded: word))
    case .uint16: Int(UInt16(truncatingIfNeeded: word))
    case .uint32: Int(UInt32(truncatingIfNeeded: word))
    default: Int(truncatingIfNeeded: word)
    }
  }

  /// The smallest type that holds whole numbers of `range`; `nil` beyond 32 bits.
  static func smallest(holding range: ClosedRange<Double>) -> ScalarType? {
    if range.lowerBound >= 0 {
      if range.upperBound <= 255 { return .uint8 }
      if range.upperBound <= 65535 { return .uint16 }
    }
    if range.lowerBound >= -32768, range.upperBound <= 32767 { return .int16 }
    guard range.lowerBound >= -0x1p31, range.upperBound < 0x1p31 else { return nil }
    return .int32
  }

  /// Calls `body` with each of the elements at `source`, as a `Double`.
  @inline(__always)
  func forEach(
    _ source: UnsafeRawPointer, count: Int, _ body: (Int, Double) -> Void
  ) {
    switch self {
    case .int8: each(Int8.self, source, count) { body($0, Double($1)) }
    case .int16: each(Int16.self, source, count) { body($0, Double($1)) }
    case .int32: each(Int32.self, source, count) { body($0, Double($1)) }
    case .int64: each(Int64.self, source, count) { body($0, Double($1)) }
    case .uint8: each(UInt8.self, source, count) { body($0, Double($1)) }
    case .uint16: each(UInt16.self, source, count) { body($0, Double($1)) }
    case .uint32: each(UInt32.self, source, count) { body($0, Double($1)) }
    case .uint64: each(UInt64.self, source, count) { body($0, Double($1)) }
    case .float32: each(Float.self, source, count) { body($0, Double($1)) }
    case .float64: each(Double.self, source, count) { body($0, $1) }
    }
  }

  @inline(__always)
  private func each<Element>(
    _: Element.Type, _ source: UnsafeRawPointer, _ count: Int, _ body: (Int, Element) -> Void
  ) {
    let elements = source.assumingMemoryBound(to: Element.self)
    for index in 0..<count { body(index, elements[index]) }
  }

  /// Stores `value`, which must be one of this type, at `target`.
  func store(_ value: Double, at target: UnsafeMutableRawPointer) {
    switch self {
    case .int8: target.storeBytes(of: Int8(value), as: Int8.self)
    case .int16: target.storeBytes(of: Int16(value), as: Int16.self)
    case .int32: target.storeBytes(of: Int32(value), as: Int32.self)
    case .int64: target.storeBytes(of: Int64(value), as: Int64.self)
    case .uint8: target.storeBytes(of: UInt8(value), as: UInt8.self)
    case .uint16: target.storeBytes(of: UInt16(value), as: UInt16.self)
    case .uint32: target.storeBytes(of: UInt32(value), as: UInt32.self)
    case .uint64: target.storeBytes(of: UInt64(value), as: UInt64.self)
    case .float32: target.storeBytes(of: Float(value), as: Float.self)
    case .float64: target.storeBytes(of: value, as: Double.self)
    }
  }
}
