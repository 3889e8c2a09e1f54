import CHDF5

/// A dataset of strings, of fixed or variable length.
public struct StringDataset: Sendable {
  let location: Location

  /// Absolute path in the file.
  public var path: String { location.objectPath }

  /// The dataset's attributes.
  public var attributes: Attributes { Attributes(location: location) }

  /// Elements along each axis, asked from the file; `[]` for one scalar.
  public var shape: [Int] {
    get throws(HDF5Error) { try location.dataspace().shape }
  }

  /// Reads all strings in row-major order (`H5Dread`).
  public func read() throws(HDF5Error) -> [String] {
    let strings = try StringTransfer(reading: location.storedType(), "read", location.name)
    let count = try location.dataspace().elementCount
    return try strings.read("H5Dread", count: count) {
      H5Dread(
        location.id, strings.type.id, chdf5_space_all(), chdf5_space_all(), hid_t(H5P_DEFAULT), $0)
    }
  }

  /// Writes all strings; their count must be that of the dataset (`H5Dwrite`).
  ///
  /// - Throws: `HDF5Error` when the counts differ, or a string is longer than the fixed length or
  ///   holds a zero byte.
  public func write(_ elements: [String]) throws(HDF5Error) {
    let space = try location.dataspace()
    guard elements.count == space.elementCount else {
      throw HDF5Error(
        function: "write", path: location.name,
        reason: "\(elements.count) strings for shape \(space.shape)")
    }
    let strings = try StringTransfer(reading: location.storedType(), "write", location.name)
    try strings.write("H5Dwrite", elements) {
      H5Dwrite(
        location.id, strings.type.id, chdf5_space_all(), chdf5_space_all(), hid_t(H5P_DEFAULT), $0)
    }
  }
}

extension Group {
  /// Creates a dataset of strings and the groups on the way to it (`H5Dcreate2`).
  ///
  /// Filters act on the bytes of fixed strings; of variable strings only the references pass them.
  @discardableResult
  public func createStringDataset(
    _ path: String, shape: [Int], length: StringLength = .variable, chunks: [Int]? = nil,
    filters: [Filter] = []
  ) throws(HDF5Error) -> StringDataset {
    let strings = try StringTransfer(length, location.name(path))
    let layout = DatasetLayout(shape: shape, maximumShape: nil, chunks: chunks, filters: filters)
    // A reference to a variable string takes 16 bytes in the file.
    let location = try createDataset(
      path, layout, type: strings.type.id, elementByteCount: strings.byteCount ?? 16)
    return StringDataset(location: location)
  }

  /// Opens a dataset of strings (`H5Dopen2`).
  ///
  /// - Throws: `HDF5Error` when there is none at `path`, or it holds numbers.
  public func stringDataset(_ path: String) throws(HDF5Error) -> StringDataset {
    let opened = try openDataset(path)
    _ = try StringTransfer(reading: opened.storedType(), "stringDataset", opened.name)
    return StringDataset(location: opened)
  }
}
