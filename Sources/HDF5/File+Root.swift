// MARK: - The root group's common operations, on the file itself

extension File {
  /// Attributes of the root group.
  public var attributes: Attributes { root.attributes }

  /// Creates a group and the groups on the way to it; see ``Group/createGroup(_:)``.
  @discardableResult
  public func createGroup(_ path: String) throws(HDF5Error) -> Group {
    try root.createGroup(path)
  }

  /// Opens a group; see ``Group/group(_:)``.
  public func group(_ path: String) throws(HDF5Error) -> Group { try root.group(path) }

  /// Creates a dataset; see ``Group/createDataset(_:shape:of:chunks:maximumShape:filters:)``.
  @discardableResult
  public func createDataset<Element: HDF5Scalar>(
    _ path: String, shape: [Int], of type: Element.Type = Element.self, chunks: [Int]? = nil,
    maximumShape: [Int?]? = nil, filters: [Filter] = []
  ) throws(HDF5Error) -> Dataset<Element> {
    try root.createDataset(
      path, shape: shape, of: type, chunks: chunks, maximumShape: maximumShape, filters: filters)
  }

  /// Opens a dataset of numbers; see ``Group/dataset(_:of:)``.
  public func dataset<Element: HDF5Scalar>(
    _ path: String, of type: Element.Type = Element.self
  ) throws(HDF5Error) -> Dataset<Element> {
    try root.dataset(path, of: type)
  }

  /// Opens a dataset of any class to describe it; see ``Group/untypedDataset(_:)``.
  public func untypedDataset(_ path: String) throws(HDF5Error) -> UntypedDataset {
    try root.untypedDataset(path)
  }

  /// Creates a dataset of strings; see
  /// ``Group/createStringDataset(_:shape:length:chunks:filters:)``.
  @discardableResult
  public func createStringDataset(
    _ path: String, shape: [Int], length: StringLength = .variable, chunks: [Int]? = nil,
    filters: [Filter] = []
  ) throws(HDF5Error) -> StringDataset {
    try root.createStringDataset(
      path, shape: shape, length: length, chunks: chunks, filters: filters)
  }

  /// Opens a dataset of strings; see ``Group/stringDataset(_:)``.
  public func stringDataset(_ path: String) throws(HDF5Error) -> StringDataset {
    try root.stringDataset(path)
  }

  /// Whether `path` leads to an object; see ``Group/exists(_:)``.
  public func exists(_ path: String) throws(HDF5Error) -> Bool { try root.exists(path) }

  /// Removes a link; see ``Group/delete(_:)``.
  public func delete(_ path: String) throws(HDF5Error) { try root.delete(path) }

  /// Moves a link; see ``Group/rename(_:to:)``.
  public func rename(_ path: String, to newPath: String) throws(HDF5Error) {
    try root.rename(path, to: newPath)
  }
}
