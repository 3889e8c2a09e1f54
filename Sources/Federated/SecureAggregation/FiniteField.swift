/// The field of 256 elements: bytes, added by exclusive or, multiplied as polynomials modulo
/// x^8 + x^4 + x^3 + x + 1.
enum FiniteField {
  /// Powers of the generator 3, twice around, and the exponent of each element but 0.
  private static let tables: (powers: [UInt8], exponents: [Int]) = {
    var powers: [UInt8] = []
    var exponents = [Int](repeating: 0, count: 256)
    var value: UInt8 = 1
    for exponent in 0..<255 {
      powers.append(value)
      exponents[Int(value)] = exponent
      let doubled = value << 1 ^ (value & 0x80 == 0 ? 0 : 0x1B)
      value = doubled ^ value
    }
    return (powers + powers, exponents)
  }()

  static func product(_ a: UInt8, _ b: UInt8) -> UInt8 {
    guard a != 0, b != 0 else { return 0 }
    return tables.powers[tables.exponents[Int(a)] + tables.exponents[Int(b)]]
  }

  /// a / b; b is not 0.
  static func quotient(_ a: UInt8, _ b: UInt8) -> UInt8 {
    guard a != 0 else { return 0 }
    return tables.powers[tables.exponents[Int(a)] + 255 - tables.exponents[Int(b)]]
  }
}
