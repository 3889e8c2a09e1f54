import Yams

extension Codec<Int> {
  /// 1, 2, 3, ... below 2^31: products of a few stay far from overflow.
  static var positive: Codec {
    integer("a positive integer") { (1...Int(Int32.max)).contains($0) }
  }

  /// A whole number that `accepts` takes.
  static func integer(
    _ expectation: String, _ accepts: @escaping (Int) -> Bool
  ) -> Codec {
    Codec(
      expectation: expectation,
      decode: { node throws(JobError) in
        guard case .scalar(let text, false) = node.content, let value = Int(text), accepts(value)
        else { throw node.mismatch(expectation) }
        return value
      },
      encode: { Node(String($0)) })
  }
}

extension Codec<UInt64> {
  /// 0, 1, 2, ... up to 2^64 - 1.
  static var seed: Codec {
    let expectation = "an integer that is not negative"
    return Codec(
      expectation: expectation,
      decode: { node throws(JobError) in
        guard case .scalar(let text, false) = node.content, let value = UInt64(text) else {
          throw node.mismatch(expectation)
        }
        return value
      },
      encode: { Node(String($0)) })
  }
}

/// The range of a number, with its name in messages.
struct NumberRange {
  let name: String
  let contains: (Double) -> Bool

  static var any: NumberRange { NumberRange(name: "a number") { _ in true } }
  static var positive: NumberRange { NumberRange(name: "a positive number") { $0 > 0 } }
  static var notNegative: NumberRange {
    NumberRange(name: "a number that is not negative") { $0 >= 0 }
  }
  /// [0, 1): rates, momenta, betas.
  static var fraction: NumberRange {
    NumberRange(name: "a number in [0, 1)") { (0..<1).contains($0) }
  }
  /// [0, 1].
  static var unit: NumberRange {
    NumberRange(name: "a number in [0, 1]") { (0...1).contains($0) }
  }
}

extension Codec where Value: BinaryFloatingPoint & LosslessStringConvertible {
  /// A finite number in `range`.
  static func number(_ range: NumberRange = .any) -> Codec {
    Codec(
      expectation: range.name,
      decode: { node throws(JobError) in
        guard case .scalar(let text, false) = node.content, let value = Value(text),
          value.isFinite, range.contains(Double(value))
        else { throw node.mismatch(range.name) }
        return value
      },
      encode: { value in
        // The shortest text that reads as the same bits; YAML 1.1 wants a point before an exponent.
        let text = String(value)
        guard let exponent = text.firstIndex(of: "e"), !text.contains(".") else {
          return Node(text)
        }
        return Node(text[..<exponent] + ".0" + text[exponent...])
      })
  }
}

extension Codec<String> {
  /// Any text that is not empty.
  static func text(_ expectation: String) -> Codec {
    Codec(
      expectation: expectation,
      decode: { node throws(JobError) in
        guard case .scalar(let text, _) = node.content, !text.isEmpty else {
          throw node.mismatch(expectation)
        }
        return text
      },
      encode: { Node($0, .implicit, .doubleQuoted) })
  }
}

extension Codec<Bool> {
  /// `true` or `false`.
  static var flag: Codec {
    Codec(
      expectation: "true or false",
      decode: { node throws(JobError) in
        switch node.content {
        case .scalar("true", false): return true
        case .scalar("false", false): return false
        default: throw node.mismatch("true or false")
        }
      },
      encode: { Node(String($0)) })
  }
}

extension Codec where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  /// One of the words of an enumeration.
  static var word: Codec {
    let words = Value.allCases.map(\.rawValue)
    let expectation = words.count == 1 ? words[0] : "one of " + words.joined(separator: ", ")
    return Codec(
      expectation: expectation,
      decode: { node throws(JobError) in
        let mismatch = node.mismatch(expectation)
        guard case .scalar(let text, _) = node.content else { throw mismatch }
        if let value = Value(rawValue: text) { return value }
        let hint = closest(to: text, among: words).map { "; did you mean \"\($0)\"?" } ?? ""
        throw JobError(mismatch.place, mismatch.reason + hint)
      },
      encode: { Node($0.rawValue) })
  }
}
