import Datasets
import HDF5

/// Samples of any HDF5 file, by the paths of its datasets.
///
/// Blocks of neighbouring samples are read as one and kept, see ``RowCache``.
public final class HDF5Source: SourceSamples {
  /// What the samples are.
  public private(set) var layout: SampleLayout
  /// Number of samples.
  public let count: Int
  private let path: String
  private let features: RowCache
  private let labels: RowCache?

  /// Opens a file.
  ///
  /// - Parameters:
  ///   - features: path of the dataset with samples along its first axis.
  ///   - labels: path of the labels; `nil` for none.
  /// - Throws: `DatasetError` if HDF5 cannot read it, `ImportError` if it does not fit.
  public init(
    path: String, features: String, labels: String?, name: String, classNames: [String]?
  ) throws {
    self.path = path
    let file: File
    let stored: UntypedDataset
    let storedLabels: UntypedDataset?
    do {
      file = try File.open(path)
      stored = try file.untypedDataset(features)
      storedLabels = try labels.map { (name) throws(HDF5Error) in try file.untypedDataset(name) }
    } catch { throw DatasetError.unreadable(error) }
    guard let type = stored.scalarType, let count = stored.shape.first, count > 0,
      let rowBytes = product(Array(stored.shape.dropFirst()), times: type.byteCount),
      rowBytes <= 1 << 31, product([rowBytes, count]) != nil
    else {
      throw ImportError(
        path, features,
        "holds \(stored.elementClass) elements of shape \(stored.shape), not numbers "
          + "with samples along the first axis")
    }
    self.count = count
    layout = SampleLayout(
      name: name, featureShape: Array(stored.shape.dropFirst()), featureType: type)
    self.features = RowCache(stored, type)
    guard let storedLabels else {
      self.labels = nil
      return
    }
    guard let labelType = storedLabels.scalarType, storedLabels.shape.first == count,
      let labelBytes = product(Array(storedLabels.shape.dropFirst()), times: labelType.byteCount),
      labelBytes <= 1 << 31
    else {
      throw ImportError(
        path, labels ?? "",
        "holds \(storedLabels.elementClass) elements of shape \(storedLabels.shape), "
          + "not numbers for \(count) samples")
    }
    layout.labelShape =
      storedLabels.shape.count == 2 && storedLabels.shape[1] == 1
      ? [] : Array(storedLabels.shape.dropFirst())
    layout.labelType = labelType
    self.labels = RowCache(storedLabels, labelType)
    layout.classNames = try ClassNames.resolve(classNames, for: self, file: path)
  }

  /// Copies features.
  public func readFeatures(_ index: Int, into target: UnsafeMutableRawBufferPointer) throws {
    try features.read(index, into: target)
  }

  /// Copies labels.
  public func readLabels(_ index: Int, into target: UnsafeMutableRawBufferPointer) throws {
    try labels?.read(index, into: target)
  }
}
