/// A float of 16 bits with the range of `Float` and 8 bits of precision: the upper half of a `Float`.
///
/// Arithmetic is that of `Float`, rounded to nearest, ties to even.
public struct BFloat16: BitwiseCopyable, Sendable, Hashable {
  /// The sign, 8 bits of exponent, 7 bits of fraction.
  public let bitPattern: UInt16

  /// The value with these bits.
  public init(bitPattern: UInt16) { self.bitPattern = bitPattern }

  /// Positive zero.
  public init() { bitPattern = 0 }

  /// The nearest value to `value`, ties to even; NaN stays NaN.
  public init(_ value: Float) {
    let bits = value.bitPattern
    let rounded = value.isNaN ? bits | 0x40_0000 : bits + 0x7fff + (bits >> 16 & 1)
    bitPattern = UInt16(truncatingIfNeeded: rounded >> 16)
  }

  /// Equality of values: zeros are equal, NaN is not.
  public static func == (first: BFloat16, second: BFloat16) -> Bool {
    Float(first) == Float(second)
  }

  /// Hashes the value.
  public func hash(into hasher: inout Hasher) { hasher.combine(Float(self)) }
}

extension Float {
  /// The value of `half`, exactly.
  public init(_ half: BFloat16) { self.init(bitPattern: UInt32(half.bitPattern) << 16) }
}

extension BFloat16: CustomStringConvertible {
  /// The value as `Float` prints it.
  public var description: String { Float(self).description }
}

extension BFloat16: Comparable {
  /// The order of values; NaN is not less than anything.
  public static func < (first: BFloat16, second: BFloat16) -> Bool { Float(first) < Float(second) }
}

// MARK: - Numeric

extension BFloat16: Numeric {
  /// The nearest value to an integer.
  public init(integerLiteral value: Int) { self.init(Float(value)) }

  /// The value of an integer, nil if it has none.
  public init?<Source: BinaryInteger>(exactly source: Source) {
    guard let value = Float(exactly: source) else { return nil }
    self.init(value)
    if Float(self) != value { return nil }
  }

  /// The absolute value.
  public var magnitude: BFloat16 { BFloat16(bitPattern: bitPattern & 0x7fff) }

  /// The sum, rounded.
  public static func + (first: BFloat16, second: BFloat16) -> BFloat16 {
    BFloat16(Float(first) + Float(second))
  }

  /// The difference, rounded.
  public static func - (first: BFloat16, second: BFloat16) -> BFloat16 {
    BFloat16(Float(first) - Float(second))
  }

  /// The product, rounded.
  public static func * (first: BFloat16, second: BFloat16) -> BFloat16 {
    BFloat16(Float(first) * Float(second))
  }

  /// Replaces `first` by the product, rounded.
  public static func *= (first: inout BFloat16, second: BFloat16) { first = first * second }
}
