import HDF5

/// The IDX files of MNIST and its relatives, gzip or not.
///
///     | 0 0 type rank | extent 0 | extent 1 | ... | elements, row-major |     all big-endian
///
/// Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
public enum MNISTSource {
  /// Reads the splits of a folder, or one pair of files.
  ///
  /// - Parameters:
  ///   - folder: holds `train-images*`, `train-labels*`, and perhaps `t10k-images*`, `t10k-labels*`.
  ///   - name: the data set's name.
  ///   - classNames: names of the classes; numbers if `nil`.
  /// - Throws: `ImportError`.
  public static func splits(
    folder: String, name: String, classNames: [String]? = nil
  ) throws(ImportError) -> [ImportedSplit] {
    let names = FolderListing.names(in: folder)
    func find(_ prefix: String) -> String? {
      names.first { $0.hasPrefix(prefix) }.map { "\(folder)/\($0)" }
    }
    guard let images = find("train-images"), let labels = find("train-labels") else {
      throw ImportError(folder, "", "has no files train-images... and train-labels...")
    }
    let train = try samples(images: images, labels: labels, name: name, classNames: classNames)
    guard let testImages = find("t10k-images") ?? find("test-images"),
      let testLabels = find("t10k-labels") ?? find("test-labels")
    else { return [ImportedSplit("train", train)] }
    let test = try samples(
      images: testImages, labels: testLabels, name: name, classNames: train.layout.classNames)
    guard test.layout.featureShape == train.layout.featureShape else {
      throw ImportError(
        testImages, "",
        "has images of shape \(test.layout.featureShape), those of \(images) are "
          + "\(train.layout.featureShape)")
    }
    return [ImportedSplit("train", train), ImportedSplit("test", test)]
  }

  /// Reads one pair of files. Images get a channel axis: 1 x height x width.
  public static func samples(
    images: String, labels: String, name: String, classNames: [String]?
  ) throws(ImportError) -> StoredSamples {
    let images = try IDXFile(path: images)
    let labels = try IDXFile(path: labels)
    guard let count = images.shape.first, count > 0 else {
      throw ImportError(images.bytes.path, "", "holds no samples")
    }
    guard labels.shape.count == 1, labels.type.isInteger else {
      throw ImportError(
        labels.bytes.path, "", "holds elements of shape \(labels.shape), not one class a sample")
    }
    guard labels.shape[0] == count else {
      throw ImportError(
        labels.bytes.path, "",
        "holds \(labels.shape[0]) labels for the \(count) samples of "
          + images.bytes.path)
    }
    let inner = Array(images.shape.dropFirst())
    var layout = SampleLayout(
      name: name, featureShape: inner.count == 2 ? [1] + inner : inner, featureType: images.type)
    layout.labelType = labels.type
    let features = try images.rows(count)
    let classes = try labels.rows(count)
    let result = StoredSamples(layout, features: [features], labels: [classes])
    layout.classNames = try ClassNames.resolve(classNames, for: result, file: labels.bytes.path)
    return StoredSamples(layout, features: [features], labels: [classes])
  }
}

/// An IDX file: an array of numbers with its shape.
struct IDXFile {
  let bytes: FileBytes
  let type: ScalarType
  let shape: [Int]
  private let offset: Int

  init(path: String) throws(ImportError) {
    let file = try FileBytes(path: path)
    var cursor = ByteCursor(file)
    let magic = try cursor.bigEndian(UInt32.self)
    let types: [UInt32: ScalarType] = [
      0x08: .uint8, 0x09: .int8, 0x0B: .int16, 0x0C: .int32, 0x0D: .float32, 0x0E: .float64,
    ]
    let rank = Int(magic & 0xFF)
    guard magic >> 16 == 0, let type = types[magic >> 8 & 0xFF], rank > 0 else {
      throw ImportError(
        path, "", "is no IDX file: it begins with 0x\(String(magic, radix: 16)), not 0 0 type rank")
    }
    var shape: [Int] = []
    for _ in 0..<rank { shape.append(Int(try cursor.bigEndian(UInt32.self))) }
    guard let size = product(shape, times: type.byteCount), size == cursor.left else {
      throw ImportError(
        path, "", "declares \(type) elements of shape \(shape), but \(cursor.left) bytes follow")
    }
    bytes =
      type.byteCount == 1 ? file : file.swapped(from: cursor.offset, size: type.byteCount)
    (self.type, self.shape, offset) = (type, shape, cursor.offset)
  }

  /// The positions of the first axis.
  func rows(_ count: Int) throws(ImportError) -> StoredRows {
    let size = product(Array(shape.dropFirst()), times: type.byteCount) ?? 0
    return try StoredRows(bytes, offset: offset, stride: size, byteCount: size, count: count)
  }
}
