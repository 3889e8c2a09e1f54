/// The fields of comma-separated text, by RFC 4180: fields may stand in quotes, and then hold
/// delimiters, line ends and doubled quotes.
struct CSVText {
  /// One record.
  struct Record {
    /// The line on which it begins, from 1.
    let line: Int
    var fields: [String]
  }

  /// Splits text into records; empty lines are left out.
  ///
  /// - Throws: `ImportError` naming the line if a quote is not closed.
  static func records(
    of file: FileBytes, delimiter: UInt8, skippingLines skipped: Int = 0
  ) throws(ImportError) -> [Record] {
    let (quote, newline, carriage) = (UInt8(ascii: "\""), UInt8(ascii: "\n"), UInt8(ascii: "\r"))
    var records: [Record] = []
    var record = Record(line: 1, fields: [])
    var field: [UInt8] = []
    var line = 1
    var index = 0
    var quotedFrom: Int?
    var wasQuoted = false
    let bytes = file.bytes

    func endField() {
      let text = String(decoding: field, as: UTF8.self)
      record.fields.append(wasQuoted ? text : text.trimmed)
      field.removeAll(keepingCapacity: true)
      wasQuoted = false
    }
    func endRecord() {
      endField()
      if record.fields != [""] { records.append(record) }
      record = Record(line: line + 1, fields: [])
    }

    for _ in 0..<skipped {
      while index < bytes.count, bytes[index] != newline { index += 1 }
      index += 1
      line += 1
    }
    record = Record(line: line, fields: [])
    // The byte order mark of some spreadsheets.
    if index == 0, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      if quotedFrom != nil {
        if byte == quote {
          if index < bytes.count, bytes[index] == quote {
            field.append(quote)
            index += 1
          } else {
            quotedFrom = nil
          }
        } else {
          if byte == newline { line += 1 }
          field.append(byte)
        }
      } else if byte == quote, field.allSatisfy({ $0 == UInt8(ascii: " ") }) {
        (quotedFrom, wasQuoted) = (line, true)
        field.removeAll(keepingCapacity: true)
      } else if byte == delimiter {
        endField()
      } else if byte == newline {
        endRecord()
        line += 1
      } else if byte != carriage {
        field.append(byte)
      }
    }
    if let quotedFrom {
      throw ImportError(file.path, "line \(quotedFrom)", "has a quote that is never closed")
    }
    if !field.isEmpty || !record.fields.isEmpty { endRecord() }
    return records
  }
}

extension String {
  /// Without spaces and tabs around it.
  var trimmed: String {
    guard let first = utf8.first, let last = utf8.last else { return self }
    let blank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
    guard blank(first) || blank(last) else { return self }
    let start = utf8.firstIndex { !blank($0) } ?? endIndex
    let end = utf8.lastIndex { !blank($0) }.map { utf8.index(after: $0) } ?? start
    return String(self[start..<end])
  }
}
