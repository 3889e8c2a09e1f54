/// A value of a JSON text (RFC 8259), read strictly: a name that occurs twice in one object is an error,
/// which Foundation's reader would pass over.
enum JSONValue: Equatable {
  case null
  case flag(Bool)
  case number(Double)
  case text(String)
  case list([JSONValue])
  /// Members in the order of the text.
  case object([(name: String, value: JSONValue)])

  /// Reads a whole text.
  ///
  /// - Throws: `JSONFault` with the byte at which the text is wrong.
  init(_ bytes: some Collection<UInt8>) throws(JSONFault) {
    var reader = JSONReader(bytes: Array(bytes))
    self = try reader.document()
  }

  /// The value of a member of an object; nil if there is none.
  subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  /// A whole number from 0 to 2^53, which a double holds exactly.
  var count: Int? {
    guard case .number(let number) = self, number >= 0, number <= 9_007_199_254_740_992 else {
      return nil
    }
    return Int(exactly: number)
  }

  static func == (a: JSONValue, b: JSONValue) -> Bool {
    switch (a, b) {
    case (.null, .null): true
    case (.flag(let a), .flag(let b)): a == b
    case (.number(let a), .number(let b)): a == b
    case (.text(let a), .text(let b)): a == b
    case (.list(let a), .list(let b)): a == b
    case (.object(let a), .object(let b)):
      a.count == b.count && zip(a, b).allSatisfy { $0.name == $1.name && $0.value == $1.value }
    default: false
    }
  }

  /// `text` in quotes, with what must be escaped escaped.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

/// What is wrong with a JSON text, and where.
struct JSONFault: Error {
  let byte: Int
  let problem: String
}
