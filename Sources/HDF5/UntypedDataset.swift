import CHDF5

/// What the file says about a dataset, whatever its elements are, as of the moment it was opened.
public struct UntypedDataset: Sendable {
  let location: Location

  /// Elements along each axis; `[]` for one scalar.
  public let shape: [Int]
  /// How far each axis may be resized; `nil` without limit.
  public let maximumShape: [Int?]
  /// The class of the elements as stored.
  public let elementClass: ElementClass
  /// Bytes of one element as stored; of a reference for variable-length strings.
  public let elementByteCount: Int
  /// The narrowest type in memory that holds every stored value; `nil` for classes other than
  /// numbers.
  public let scalarType: ScalarType?
  /// Shape of the stored blocks; `nil` when the dataset lies in one piece or is virtual.
  public let chunks: [Int]?
  /// What each chunk passes on its way to the file, in order.
  public let filters: [Filter]
  /// Where the elements of a virtual dataset come from; empty for others.
  public let virtualSources: [VirtualSource]

  /// Absolute path in the file.
  public var path: String { location.objectPath }

  /// The dataset's attributes.
  public var attributes: Attributes { Attributes(location: location) }

  /// Number of elements.
  public var elementCount: Int { shape.reduce(1, *) }

  /// Bytes that the elements take in the file, after filters (`H5Dget_storage_size`).
  public var storedByteCount: Int {
    get throws(HDF5Error) {
      try Library.locked { () throws(HDF5Error) -> Int in
        Int(clamping: H5Dget_storage_size(location.id))
      }
    }
  }

  init(location: Location) throws(HDF5Error) {
    self.location = location
    let space = try location.dataspace()
    let type = try location.storedType()
    let name = location.name
    (shape, maximumShape) = (space.shape, space.maximumShape)
    (elementClass, elementByteCount) = (type.elementClass, type.byteCount)
    scalarType = type.scalarType
    let list = Handle(
      try check("H5Dget_create_plist", name, H5Dget_create_plist(location.id)))
    filters = try Filter.all(in: list, name)
    let layout = H5Pget_layout(list.id)
    if layout == H5D_CHUNKED {
      var extents = [hsize_t](repeating: 0, count: space.shape.count)
      try check("H5Pget_chunk", name, H5Pget_chunk(list.id, Int32(extents.count), &extents))
      chunks = extents.map { Int(clamping: $0) }
    } else {
      chunks = nil
    }
    virtualSources = layout == H5D_VIRTUAL ? try VirtualSource.all(in: list, name) : []
  }

  /// The same dataset, to be read and written as `Element`.
  ///
  /// - Throws: `HDF5Error` when the elements do not convert; see ``Group/dataset(_:of:)``.
  public func typed<Element: HDF5Scalar>(
    as type: Element.Type = Element.self
  ) throws(HDF5Error) -> Dataset<Element> {
    try location.storedType().requireConvertible(
      to: Element.scalarType, "typed", location.name)
    return Dataset(location: location)
  }

  /// Reads positions `rows` of the first axis, everything along the others, as elements of `type`
  /// into raw memory.
  ///
  /// For readers that learn the element type only from the file. The buffer's size must be that of
  /// the rows.
  ///
  /// - Throws: `HDF5Error` when the elements do not convert, the rows lie outside, or the size
  ///   differs.
  public func readRows(
    _ rows: Range<Int>, as type: ScalarType, into buffer: UnsafeMutableRawBufferPointer
  ) throws(HDF5Error) {
    try location.storedType().requireConvertible(to: type, "readRows", location.name)
    let others = [AxisSelection](
      repeating: AllIndices().axisSelection, count: max(0, shape.count - 1))
    try Transfer(location, [rows.axisSelection] + others, "readRows").read(as: type, into: buffer)
  }

  /// Writes positions `rows` of the first axis, everything along the others, from raw memory that
  /// holds elements of `type`; see ``readRows(_:as:into:)``.
  public func writeRows(
    _ rows: Range<Int>, as type: ScalarType, from buffer: UnsafeRawBufferPointer
  ) throws(HDF5Error) {
    try location.storedType().requireConvertible(to: type, "writeRows", location.name)
    let others = [AxisSelection](
      repeating: AllIndices().axisSelection, count: max(0, shape.count - 1))
    try Transfer(location, [rows.axisSelection] + others, "writeRows").write(as: type, from: buffer)
  }
}
