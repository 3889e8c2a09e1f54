import HDF5

/// How the columns of a table become features and a label, as the train table says.
///
///     age  city   class         age  city=Athens  city=Corinth     label
///     31   Athens yes    ->     31        1             0            1
///     42   ?      no            42        0             0            0
struct CSVColumns {
  private enum Column {
    case number(mean: Double)
    case levels([String: Int])
  }

  private let options: CSVSource.Options
  private let features: [(index: Int, column: Column)]
  private let featureNames: [String]
  private let target: (index: Int, classes: [String: Int]?)?
  private let classNames: [String]?
  private let type: ScalarType

  init(_ table: CSVTable, _ options: CSVSource.Options) throws(ImportError) {
    self.options = options
    let missing = options.missingMarks
    var target: (index: Int, classes: [String: Int]?)?
    var classNames: [String]?
    if let name = options.target {
      let index = try table.column(name)
      let levels = table.levels(index, missing: missing)
      let isNumeric = table.isNumeric(index, missing: missing)
      let counts = levels.indices.allSatisfy { Double(levels[$0]) == Double($0) }
      let hasClasses =
        switch options.targetKind {
        case .classes: true
        case .numbers: false
        case .auto: !isNumeric || counts && levels.count <= 100
        }
      guard hasClasses || isNumeric else {
        throw ImportError(table.path, "column \(table.names[index])", "holds words, not numbers")
      }
      if hasClasses {
        classNames = options.classNames ?? levels
        guard classNames?.count == levels.count else {
          throw ImportError(
            table.path, "column \(table.names[index])",
            "has \(levels.count) different values for "
              + "\(options.classNames?.count ?? 0) names of classes")
        }
      }
      target = (
        index,
        hasClasses
          ? Dictionary(uniqueKeysWithValues: zip(levels, levels.indices)) : nil
      )
    }
    var forced: Set<Int> = []
    for name in options.categorical { forced.insert(try table.column(name)) }
    var features: [(Int, Column)] = []
    var names: [String] = []
    var range: (low: Double, high: Double) = (0, 0)
    var isWhole = true
    for index in table.names.indices where index != target?.index {
      if forced.contains(index) || !table.isNumeric(index, missing: missing) {
        let levels = table.levels(index, missing: missing)
        features.append(
          (index, .levels(Dictionary(uniqueKeysWithValues: zip(levels, levels.indices)))))
        names += levels.map { "\(table.names[index])=\($0)" }
        range.high = max(range.high, 1)
      } else {
        let values = table.records.compactMap { Double($0.fields[index]) }.filter(\.isFinite)
        let mean = values.reduce(0, +) / Double(max(1, values.count))
        features.append((index, .number(mean: mean)))
        names.append(table.names[index])
        range = (min(range.low, values.min() ?? 0), max(range.high, values.max() ?? 0))
        // Means are no whole numbers, and may be needed in another table than this one.
        isWhole = isWhole && options.missing != .mean && values.allSatisfy { $0 == $0.rounded() }
      }
    }
    guard !names.isEmpty else { throw ImportError(table.path, "", "has no columns but the target") }
    (self.features, featureNames, self.target) = (features, names, target)
    self.classNames = classNames
    type = (isWhole ? ScalarType.smallest(holding: range.low...range.high) : nil) ?? .float32
  }

  /// The samples of a table with these columns.
  func samples(of table: CSVTable, name: String) throws(ImportError) -> StoredSamples {
    let width = featureNames.count
    let shape = options.shape ?? [width]
    guard product(shape) == width else {
      throw ImportError(table.path, "", "has \(width) features, which do not fill shape \(shape)")
    }
    var layout = SampleLayout(name: name, featureShape: shape, featureType: type)
    layout.columnNames = featureNames
    layout.classNames = classNames
    layout.labelType = target.map { $0.classes == nil ? .float32 : .int32 }
    var bytes: [UInt8] = []
    var labels: [UInt8] = []
    var row = [Double](repeating: 0, count: width)
    var count = 0
    for record in table.records {
      if try isDropped(record, table) { continue }
      try fill(&row, from: record, table)
      for value in row { append(value, type, to: &bytes) }
      if let target {
        let label = try label(record.fields[target.index], target.classes, record, table)
        append(label, target.classes == nil ? .float32 : .int32, to: &labels)
      }
      count += 1
    }
    guard count > 0 else {
      throw ImportError(table.path, "", "has no record without missing values")
    }
    let features = try StoredRows(
      FileBytes(bytes, path: table.path), offset: 0, stride: width * type.byteCount,
      byteCount: width * type.byteCount, count: count)
    let classes = try StoredRows(
      FileBytes(labels, path: table.path), offset: 0, stride: 4, byteCount: target == nil ? 0 : 4,
      count: target == nil ? 0 : count)
    return StoredSamples(layout, features: [features], labels: [classes])
  }

  /// Whether a record is left out for a missing value. A missing target is never made up.
  private func isDropped(
    _ record: CSVText.Record, _ table: CSVTable
  ) throws(ImportError) -> Bool {
    let gap = record.fields.indices.first { options.missingMarks.contains(record.fields[$0]) }
    guard let gap else { return false }
    switch options.missing {
    case .drop: return true
    case .mean where gap != target?.index && !isMissing(target?.index, record): return false
    case .mean: return true
    case .error:
      throw ImportError(
        table.path, "line \(record.line), column \(table.names[gap])",
        "is missing; choose --missing drop or mean")
    }
  }

  private func isMissing(_ index: Int?, _ record: CSVText.Record) -> Bool {
    index.map { options.missingMarks.contains(record.fields[$0]) } ?? false
  }

  private func fill(
    _ row: inout [Double], from record: CSVText.Record, _ table: CSVTable
  ) throws(ImportError) {
    var place = 0
    for (index, column) in features {
      let field = record.fields[index]
      let isMissing = options.missingMarks.contains(field)
      switch column {
      case .number(let mean):
        guard let value = isMissing ? mean : Double(field), value.isFinite else {
          throw ImportError(
            table.path, "line \(record.line), column \(table.names[index])",
            "holds \"\(field)\", which is no number")
        }
        guard !type.isInteger || (value == value.rounded() && type.holds(value)) else {
          throw ImportError(
            table.path, "line \(record.line), column \(table.names[index])",
            "holds \(field), which is not \(type.rawValue) as in the train table")
        }
        row[place] = value
        place += 1
      case .levels(let levels):
        for offset in 0..<levels.count { row[place + offset] = 0 }
        if let level = levels[field] {
          row[place + level] = 1
        } else if !isMissing {
          throw ImportError(
            table.path, "line \(record.line), column \(table.names[index])",
            "holds \"\(field)\", which the train table does not know")
        }
        place += levels.count
      }
    }
  }

  private func label(
    _ field: String, _ classes: [String: Int]?, _ record: CSVText.Record, _ table: CSVTable
  ) throws(ImportError) -> Double {
    let value = classes.map { $0[field].map(Double.init) } ?? Double(field)
    guard let value, value.isFinite else {
      throw ImportError(
        table.path, "line \(record.line)",
        "has the target \"\(field)\", which "
          + (classes == nil ? "is no number" : "is none of the classes"))
    }
    return value
  }
}

extension ScalarType {
  /// Whether a whole number is one of this integer type.
  func holds(_ value: Double) -> Bool {
    switch self {
    case .uint8: (0...255).contains(value)
    case .uint16: (0...65535).contains(value)
    case .int16: (-32768...32767).contains(value)
    case .int32: (-0x1p31...(0x1p31 - 1)).contains(value)
    default: true
    }
  }
}

/// Appends the bytes of `value` in `type`.
func append(_ value: Double, _ type: ScalarType, to bytes: inout [UInt8]) {
  var word: UInt64 = 0
  withUnsafeMutableBytes(of: &word) { buffer in
    guard let base = buffer.baseAddress else { return }
    type.store(value, at: base)
    bytes.append(contentsOf: buffer[..<type.byteCount])
  }
}
