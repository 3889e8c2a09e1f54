/// The binary versions of CIFAR-10 and CIFAR-100.
///
///     CIFAR-10    | class | 1024 red, 1024 green, 1024 blue |       3073 bytes a record
///     CIFAR-100   | coarse class | fine class | 3072 colours |      3074 bytes a record
///
/// Source: A. Krizhevsky, "Learning multiple layers of features from tiny images", 2009.
public enum CIFARSource {
  /// Which of the two.
  public enum Kind: String, Sendable {
    case cifar10, cifar100
    /// Bytes before the colours; the last one is the class.
    var labelBytes: Int { self == .cifar10 ? 1 : 2 }
    /// Number of classes.
    var classes: Int { self == .cifar10 ? 10 : 100 }
  }

  /// Reads files or the files of a folder (`*.bin`, `*.bin.gz`): those called `test...` are the test
  /// split. Names of classes are taken from a file `batches.meta.txt` or `fine_label_names.txt`
  /// beside the first.
  ///
  /// - Throws: `ImportError`.
  public static func splits(
    _ sources: [String], kind: Kind
  ) throws(ImportError) -> [ImportedSplit] {
    let files = sources.flatMap { FolderListing.files($0, endingIn: [".bin", ".bin.gz"]) }
    guard let first = files.first else {
      throw ImportError(sources.first ?? "", "", "has no .bin files")
    }
    var layout = SampleLayout(name: kind.rawValue, featureShape: [3, 32, 32], featureType: .uint8)
    layout.labelType = .uint8
    let names = classNames(beside: first, kind)
    layout.classNames = names ?? (0..<kind.classes).map { "\($0)" }
    func isTest(_ file: String) -> Bool {
      (file.split(separator: "/").last ?? "").hasPrefix("test")
    }
    var splits: [ImportedSplit] = []
    for (name, part) in [("train", files.filter { !isTest($0) }), ("test", files.filter(isTest))]
    where !part.isEmpty {
      let samples = try samples(part, layout, kind)
      _ = try ClassNames.resolve(layout.classNames, for: samples, file: part[0])
      splits.append(ImportedSplit(name, samples))
    }
    guard splits.first?.name == "train" else {
      throw ImportError(first, "", "is a test batch; no file to train on was given")
    }
    return splits
  }

  private static func samples(
    _ files: [String], _ layout: SampleLayout, _ kind: Kind
  ) throws(ImportError) -> StoredSamples {
    let record = kind.labelBytes + 3072
    var features: [StoredRows] = []
    var labels: [StoredRows] = []
    for path in files {
      let file = try FileBytes(path: path)
      let (count, rest) = file.bytes.count.quotientAndRemainder(dividingBy: record)
      guard rest == 0, count > 0 else {
        throw ImportError(
          path, "",
          "has \(file.bytes.count) bytes, which are not records of \(record): no "
            + "\(kind.rawValue) file of the binary version")
      }
      features.append(
        try StoredRows(file, offset: kind.labelBytes, stride: record, byteCount: 3072, count: count)
      )
      labels.append(
        try StoredRows(
          file, offset: kind.labelBytes - 1, stride: record, byteCount: 1, count: count))
    }
    return StoredSamples(layout, features: features, labels: labels)
  }

  private static func classNames(beside file: String, _ kind: Kind) -> [String]? {
    let folder = file.split(separator: "/", omittingEmptySubsequences: false).dropLast()
      .joined(separator: "/")
    let name = kind == .cifar10 ? "batches.meta.txt" : "fine_label_names.txt"
    guard let bytes = try? FileBytes(path: (folder.isEmpty ? "" : folder + "/") + name) else {
      return nil
    }
    let lines = bytes.mendedText.split(whereSeparator: \.isWhitespace)
      .map(String.init)
    return lines.count == kind.classes ? lines : nil
  }
}
