/// A table of text: columns with names, records with the line they stand on.
struct CSVTable {
  let path: String
  let names: [String]
  var records: [CSVText.Record]

  /// Reads a file.
  ///
  /// - Throws: `ImportError` if records have different numbers of fields, or there are none.
  init(path: String, options: CSVSource.Options) throws(ImportError) {
    let file = try FileBytes(path: path)
    guard let delimiter = options.delimiter.utf8.first, options.delimiter.utf8.count == 1 else {
      throw ImportError(path, "", "the delimiter must be one byte, not \"\(options.delimiter)\"")
    }
    var records = try CSVText.records(
      of: file, delimiter: delimiter, skippingLines: options.skippedLines)
    guard let first = records.first else { throw ImportError(path, "", "holds no records") }
    let isHeader =
      options.hasHeader
      ?? first.fields.allSatisfy { Double($0) == nil && !options.missingMarks.contains($0) }
    if isHeader { records.removeFirst() }
    guard !records.isEmpty else { throw ImportError(path, "", "holds a header only") }
    for record in records where record.fields.count != first.fields.count {
      throw ImportError(
        path, "line \(record.line)",
        "has \(record.fields.count) fields, those above have "
          + "\(first.fields.count)")
    }
    self.path = path
    self.records = records
    names = isHeader ? first.fields : first.fields.indices.map { "\($0)" }
  }

  /// The number of the column that `name` means: a name, a number from 0, or a negative number from
  /// the end.
  func column(_ name: String) throws(ImportError) -> Int {
    if let index = names.firstIndex(of: name) { return index }
    if let number = Int(name) {
      let index = number < 0 ? names.count + number : number
      if names.indices.contains(index) { return index }
    }
    throw ImportError(
      path, "", "has no column \"\(name)\"; there are \(names.prefix(40).joined(separator: ", "))")
  }

  /// Whether every field of a column that is not missing is a finite number.
  func isNumeric(_ column: Int, missing: Set<String>) -> Bool {
    records.allSatisfy {
      missing.contains($0.fields[column]) || Double($0.fields[column])?.isFinite == true
    }
  }

  /// The different values of a column, sorted: by number if all are numbers, else by their bytes.
  func levels(_ column: Int, missing: Set<String>) -> [String] {
    let texts = Set(records.map { $0.fields[column] }).subtracting(missing)
    let numbers = texts.compactMap { text in Double(text).map { (text, $0) } }
    guard numbers.count < texts.count else {
      return numbers.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map(\.0)
    }
    return texts.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
