import HDF5

/// Words by class: one text file a class, one word a line.
///
/// A sample is the word's characters as token ids, padded with 0 to the longest word; its length is
/// kept. Id i is the i-th character of all words in the order of Unicode; id 0 stands for nothing.
public enum NamesSource {
  /// Reads files, or the `.txt` files of a folder; the class is the file's name.
  ///
  /// - Throws: `ImportError` for files that are empty or no UTF-8.
  public static func samples(_ sources: [String], name: String) throws(ImportError) -> StoredSamples
  {
    let paths = sources.flatMap { FolderListing.files($0, endingIn: [".txt", ".txt.gz"]) }
    guard !paths.isEmpty else { throw ImportError(sources.first ?? "", "", "has no .txt files") }
    var words: [(text: [Unicode.Scalar], label: Int)] = []
    for (label, path) in paths.enumerated() {
      guard let text = try FileBytes(path: path).text else {
        throw ImportError(path, "", "is no UTF-8 text")
      }
      let lines = text.split(whereSeparator: \.isNewline).map { String($0).trimmed }
        .filter { !$0.isEmpty }
      guard !lines.isEmpty else { throw ImportError(path, "", "holds no words") }
      words += lines.map { (Array($0.unicodeScalars), label) }
    }
    let characters = Set(words.flatMap(\.text)).sorted()
    let ids = Dictionary(uniqueKeysWithValues: zip(characters, 1...))
    let longest = words.map(\.text.count).max() ?? 0
    let type: ScalarType = characters.count < 256 ? .uint8 : .uint16
    guard characters.count <= Int(UInt16.max) else {
      throw ImportError(
        paths[0], "", "and the others have \(characters.count) different characters")
    }
    var layout = SampleLayout(name: name, featureShape: [longest], featureType: type)
    layout.labelType = .int32
    layout.classNames = paths.map { FolderListing.stem($0) }
    layout.vocabulary = [""] + characters.map { String($0) }
    layout.hasLengths = true
    var features: [UInt8] = []
    var labels: [UInt8] = []
    for (text, label) in words {
      for place in 0..<longest {
        append(place < text.count ? Double(ids[text[place]] ?? 0) : 0, type, to: &features)
      }
      append(Double(label), .int32, to: &labels)
    }
    let rowBytes = longest * type.byteCount
    let path = paths[0]
    return StoredSamples(
      layout,
      features: [
        try StoredRows(
          FileBytes(features, path: path), offset: 0, stride: rowBytes, byteCount: rowBytes,
          count: words.count)
      ],
      labels: [
        try StoredRows(
          FileBytes(labels, path: path), offset: 0, stride: 4, byteCount: 4, count: words.count)
      ],
      lengths: words.map(\.text.count))
  }
}
