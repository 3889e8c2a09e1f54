import HDF5

/// Time series in the `.ts` format of the UEA and UCR archive.
///
///     @problemName Waves
///     @classLabel true low high
///     @data
///     1.0,2.0,3.0 : 4.0,5.0,6.0 : low        two dimensions of three steps, and the class
///
/// A sample is dimensions x steps; shorter series are padded with 0 and keep their length. Source: A.
/// Bagnall et al., "The UEA multivariate time series classification archive", 2018.
public enum TimeSeriesSource {
  /// Reads a train file and a test file of the same kind.
  ///
  /// - Throws: `ImportError` naming file and line.
  public static func splits(
    train: String, test: String?, missing: CSVSource.Missing
  ) throws(ImportError) -> [ImportedSplit] {
    var files = [try TimeSeriesFile(path: train, missing: missing)]
    if let test { files.append(try TimeSeriesFile(path: test, missing: missing)) }
    let steps = files.map(\.longest).max() ?? 0
    var splits: [ImportedSplit] = []
    for (file, name) in zip(files, ["train", "test"]) {
      guard file.dimensions == files[0].dimensions, file.classNames == files[0].classNames else {
        throw ImportError(file.path, "", "has other dimensions or classes than \(train)")
      }
      splits.append(ImportedSplit(name, try file.samples(steps: steps)))
    }
    return splits
  }
}

/// One file of time series.
struct TimeSeriesFile {
  let path: String
  private(set) var name = ""
  private(set) var dimensions = 0
  private(set) var longest = 0
  /// `nil` for targets.
  private(set) var classNames: [String]?
  private var hasTargets = false
  private var series: [[[Float]]] = []
  private var labels: [Double] = []

  init(path: String, missing: CSVSource.Missing) throws(ImportError) {
    self.path = path
    let text = try FileBytes(path: path).mendedText
    var isData = false
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, line) in lines.enumerated() {
      let line = String(line).trimmed
      guard !line.isEmpty, !line.hasPrefix("#") else { continue }
      if isData {
        try add(line, number: index + 1, missing)
      } else {
        isData = try header(line, number: index + 1)
      }
    }
    guard !series.isEmpty else { throw ImportError(path, "", "holds no series after @data") }
  }

  /// Reads a line of the header; true for the last one.
  private mutating func header(_ line: String, number: Int) throws(ImportError) -> Bool {
    let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
    // A line of spaces that are none of ASCII's.
    guard let keyword = words.first else { return false }
    switch keyword.lowercased() {
    case "@data":
      guard classNames != nil || hasTargets else {
        throw ImportError(path, "line \(number)", "neither @classLabel nor @targetLabel is true")
      }
      return true
    case "@problemname": name = words.dropFirst().joined(separator: " ")
    case "@timestamps" where words.dropFirst().first == "true":
      throw ImportError(path, "line \(number)", "series with time stamps are not read")
    case "@classlabel" where words.dropFirst().first == "true":
      classNames = Array(words.dropFirst(2))
    case "@targetlabel": hasTargets = words.dropFirst().first == "true"
    case let word where word.hasPrefix("@"): break
    default: throw ImportError(path, "line \(number)", "is data before @data")
    }
    return false
  }

  private mutating func add(
    _ line: String, number: Int, _ missing: CSVSource.Missing
  ) throws(ImportError) {
    var parts = line.split(separator: ":", omittingEmptySubsequences: false).map {
      String($0).trimmed
    }
    let label = parts.removeLast()
    if dimensions == 0 { dimensions = parts.count }
    guard parts.count == dimensions, dimensions > 0 else {
      throw ImportError(
        path, "line \(number)", "has \(parts.count) dimensions, the first series \(dimensions)")
    }
    var sample: [[Float]] = []
    for part in parts {
      var values: [Float] = []
      var gaps: [Int] = []
      for word in part.split(separator: ",", omittingEmptySubsequences: false) {
        let word = String(word).trimmed
        if let value = Float(word), value.isFinite {
          values.append(value)
        } else if ["?", "NaN", "nan"].contains(word) {
          gaps.append(values.count)
          values.append(0)
        } else {
          throw ImportError(path, "line \(number)", "holds \"\(word)\", which is no number")
        }
      }
      if !gaps.isEmpty {
        switch missing {
        case .drop: return
        case .error:
          throw ImportError(
            path, "line \(number)", "has a missing value; choose --missing drop or mean")
        case .mean:
          let mean = values.reduce(0, +) / Float(max(1, values.count - gaps.count))
          for gap in gaps { values[gap] = mean }
        }
      }
      sample.append(values)
    }
    guard Set(sample.map(\.count)).count == 1 else {
      throw ImportError(path, "line \(number)", "has dimensions of different lengths")
    }
    if let classNames {
      guard let index = classNames.firstIndex(of: label) else {
        throw ImportError(
          path, "line \(number)", "has the class \"\(label)\", not one of @classLabel")
      }
      labels.append(Double(index))
    } else {
      guard let value = Double(label), value.isFinite else {
        throw ImportError(path, "line \(number)", "has the target \"\(label)\", which is no number")
      }
      labels.append(value)
    }
    longest = max(longest, sample[0].count)
    series.append(sample)
  }

  /// The samples, padded to `steps`.
  func samples(steps: Int) throws(ImportError) -> StoredSamples {
    var layout = SampleLayout(
      name: name.isEmpty ? FolderListing.stem(path) : name, featureShape: [dimensions, steps],
      featureType: .float32)
    let labelType: ScalarType = classNames == nil ? .float32 : .int32
    layout.labelType = labelType
    layout.classNames = classNames
    layout.hasLengths = series.contains { $0[0].count < steps }
    var features: [UInt8] = []
    var targets: [UInt8] = []
    for sample in series {
      for values in sample {
        for step in 0..<steps {
          append(step < values.count ? Double(values[step]) : 0, .float32, to: &features)
        }
      }
    }
    for label in labels { append(label, labelType, to: &targets) }
    let rowBytes = 4 * dimensions * steps
    return StoredSamples(
      layout,
      features: [
        try StoredRows(
          FileBytes(features, path: path), offset: 0, stride: rowBytes, byteCount: rowBytes,
          count: series.count)
      ],
      labels: [
        try StoredRows(
          FileBytes(targets, path: path), offset: 0, stride: 4, byteCount: 4, count: series.count)
      ],
      lengths: series.map { $0[0].count })
  }
}
