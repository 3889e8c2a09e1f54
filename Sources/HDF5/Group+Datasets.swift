import CHDF5

// MARK: - Creating and opening datasets

extension Group {
  /// Creates a dataset of numbers and the groups on the way to it (`H5Dcreate2`).
  ///
  /// - Parameters:
  ///   - path: where, relative to this group.
  ///   - shape: elements along each axis; `[]` for one scalar.
  ///   - type: the element type, stored in this machine's byte order.
  ///   - chunks: shape of the blocks that are stored, filtered and read as one. Filters and
  ///     growth need chunks; when `nil`, blocks of whole rows and at most 4 MiB are chosen then.
  ///   - maximumShape: how far each axis may be resized, `nil` for without limit; default: not at
  ///     all.
  ///   - filters: applied to every chunk in this order.
  /// - Throws: `HDF5Error` when the path exists or shapes do not fit together.
  @discardableResult
  public func createDataset<Element: HDF5Scalar>(
    _ path: String, shape: [Int], of type: Element.Type = Element.self, chunks: [Int]? = nil,
    maximumShape: [Int?]? = nil, filters: [Filter] = []
  ) throws(HDF5Error) -> Dataset<Element> {
    let layout = DatasetLayout(
      shape: shape, maximumShape: maximumShape, chunks: chunks, filters: filters)
    let location = try createDataset(
      path, layout, type: Element.scalarType.native, elementByteCount: Element.scalarType.byteCount)
    return Dataset(location: location)
  }

  /// Creates a dataset of numbers whose type is known only when the program runs; otherwise
  /// ``createDataset(_:shape:of:chunks:maximumShape:filters:)``.
  public func createDataset(
    _ path: String, shape: [Int], type: ScalarType, chunks: [Int]? = nil, filters: [Filter] = []
  ) throws(HDF5Error) -> UntypedDataset {
    let layout = DatasetLayout(shape: shape, maximumShape: nil, chunks: chunks, filters: filters)
    return try UntypedDataset(
      location: createDataset(
        path, layout, type: type.native, elementByteCount: type.byteCount))
  }

  /// Opens a dataset of numbers to be read and written as `Element` (`H5Dopen2`).
  ///
  /// HDF5 converts between the stored type and `Element`: integers to other integers (a value that
  /// does not fit is an error when read) and to floating point, floating point to another width.
  ///
  /// - Throws: `HDF5Error` when there is no dataset at `path`, or its elements do not convert,
  ///   such as strings.
  public func dataset<Element: HDF5Scalar>(
    _ path: String, of type: Element.Type = Element.self
  ) throws(HDF5Error) -> Dataset<Element> {
    let opened = try openDataset(path)
    try opened.storedType().requireConvertible(to: Element.scalarType, "dataset", opened.name)
    return Dataset(location: opened)
  }

  /// Opens a dataset of any class, to describe it (`H5Dopen2`).
  ///
  /// - Throws: `HDF5Error` when there is no dataset at `path`.
  public func untypedDataset(_ path: String) throws(HDF5Error) -> UntypedDataset {
    try UntypedDataset(location: openDataset(path))
  }

  /// Opens a dataset of which whole chunks are read once each (`H5Pset_chunk_cache`).
  ///
  /// - Parameter keepsChunks: Whether HDF5 keeps up to 1 MiB of chunks in memory, for reads of parts of
  ///   them; without, a chunk passes through.
  public func untypedDataset(
    _ path: String, keepsChunks: Bool
  ) throws(HDF5Error) -> UntypedDataset {
    guard !keepsChunks else { return try untypedDataset(path) }
    let access = try makePropertyList(chdf5_class_dataset_access())
    try check("H5Pset_chunk_cache", location.name(path), H5Pset_chunk_cache(access.id, 1, 0, 1))
    let id = try check("H5Dopen2", location.name(path), H5Dopen2(location.id, path, access.id))
    return try UntypedDataset(location: location.descend(path, id))
  }

  /// Opens the dataset at `path`, whatever it holds.
  func openDataset(_ path: String) throws(HDF5Error) -> Location {
    let id = try check(
      "H5Dopen2", location.name(path), H5Dopen2(location.id, path, hid_t(H5P_DEFAULT)))
    return location.descend(path, id)
  }

  /// Creates a dataset of any type.
  func createDataset(
    _ path: String, _ layout: DatasetLayout, type: hid_t, elementByteCount: Int
  ) throws(HDF5Error) -> Location {
    let name = location.name(path)
    let space = try Dataspace(
      shape: layout.shape, maximumShape: layout.maximumShape, "createDataset", name)
    let creation = try layout.properties(elementByteCount: elementByteCount, name)
    return try createDataset(path, type: type, space: space, creation: creation)
  }

  /// Creates a dataset from its three parts.
  func createDataset(
    _ path: String, type: hid_t, space: Dataspace, creation: Handle
  ) throws(HDF5Error) -> Location {
    try createParents(of: path)
    let links = try Handle.linkCreation()
    let id = try check(
      "H5Dcreate2", location.name(path),
      H5Dcreate2(
        location.id, path, type, space.handle.id, links.id, creation.id, hid_t(H5P_DEFAULT)))
    return location.descend(path, id)
  }
}
