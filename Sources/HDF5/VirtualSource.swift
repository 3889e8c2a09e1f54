import CHDF5

/// One part of a virtual dataset: a whole dataset of some file, and where it appears.
public struct VirtualSource: Sendable, Hashable {
  /// Path of the source file; relative paths are looked up beside the file of the virtual dataset.
  /// `.` is that file itself.
  public var file: String
  /// Absolute path of the dataset in the source file.
  public var dataset: String
  /// Elements along each axis of the source dataset.
  public var shape: [Int]
  /// Position of the source's first element in the virtual dataset, one number per axis.
  public var offset: [Int]

  /// Describes one part.
  public init(file: String, dataset: String, shape: [Int], offset: [Int]) {
    (self.file, self.dataset, self.shape, self.offset) = (file, dataset, shape, offset)
  }
}

extension Group {
  /// Creates a dataset that shows parts of other datasets as one, without copying
  /// (`H5Pset_virtual`).
  ///
  /// Elements that no source covers, and those of a missing file, read as zero.
  ///
  /// - Throws: `HDF5Error` when the path exists or a source does not fit into `shape`.
  @discardableResult
  public func createVirtualDataset<Element: HDF5Scalar>(
    _ path: String, shape: [Int], of type: Element.Type = Element.self, sources: [VirtualSource]
  ) throws(HDF5Error) -> Dataset<Element> {
    let name = location.name(path)
    let creation = try makePropertyList(chdf5_class_dataset_create())
    try check("H5Pset_obj_track_times", name, H5Pset_obj_track_times(creation.id, false))
    let space = try Dataspace(shape: shape, "createVirtualDataset", name)
    for source in sources {
      let fits =
        source.shape.count == shape.count && source.offset.count == shape.count
        && !shape.isEmpty
        && shape.indices.allSatisfy {
          source.offset[$0] >= 0 && source.shape[$0] > 0 && source.shape[$0] <= shape[$0]
            && source.offset[$0] <= shape[$0] - source.shape[$0]
        }
      guard fits else {
        throw HDF5Error(
          function: "createVirtualDataset", path: name,
          reason: "\(source.file):\(source.dataset) of shape \(source.shape) at offset "
            + "\(source.offset) does not fit into shape \(shape)")
      }
      let target = try Dataspace(shape: shape, "createVirtualDataset", name)
      try check(
        "H5Sselect_hyperslab", name,
        H5Sselect_hyperslab(
          target.handle.id, H5S_SELECT_SET, source.offset.map { hsize_t($0) }, nil,
          source.shape.map { hsize_t($0) }, nil))
      let from = try Dataspace(shape: source.shape, "createVirtualDataset", name)
      try check(
        "H5Pset_virtual", name,
        H5Pset_virtual(
          creation.id, target.handle.id, source.file, source.dataset, from.handle.id))
    }
    let created = try createDataset(
      path, type: Element.scalarType.native, space: space, creation: creation)
    return Dataset(location: created)
  }
}

extension VirtualSource {
  /// The parts listed in a dataset creation property list.
  static func all(in list: Handle, _ name: String) throws(HDF5Error) -> [VirtualSource] {
    var count = 0
    try check("H5Pget_virtual_count", name, H5Pget_virtual_count(list.id, &count))
    var sources: [VirtualSource] = []
    for index in 0..<count {
      let file = try readName(name) { H5Pget_virtual_filename(list.id, index, $0, $1) }
      let dataset = try readName(name) { H5Pget_virtual_dsetname(list.id, index, $0, $1) }
      // The box in the virtual dataset: of the one in the source, extents are known only once the
      // source has been opened.
      let (offset, shape) = try bounds(
        try check("H5Pget_virtual_vspace", name, H5Pget_virtual_vspace(list.id, index)), name)
      sources.append(VirtualSource(file: file, dataset: dataset, shape: shape, offset: offset))
    }
    return sources
  }

  /// First position and shape of the box around a selection (`H5Sget_select_bounds`).
  private static func bounds(
    _ id: hid_t, _ name: String
  ) throws(HDF5Error) -> (start: [Int], shape: [Int]) {
    let space = try Dataspace(id, of: name)
    var first = [hsize_t](repeating: 0, count: space.shape.count)
    var last = first
    try check("H5Sget_select_bounds", name, H5Sget_select_bounds(id, &first, &last))
    return (
      first.map { Int(clamping: $0) },
      zip(first, last).map { Int(clamping: $1) - Int(clamping: $0) + 1 }
    )
  }
}

/// Reads a name by a C function that returns its length and fills a buffer of the size it is told.
func readName(
  _ path: String, _ call: (UnsafeMutablePointer<CChar>?, Int) -> Int
) throws(HDF5Error) -> String {
  let length = try check("read name", path, call(nil, 0))
  var bytes = [CChar](repeating: 0, count: length + 1)
  let written = try check("read name", path, call(&bytes, bytes.count))
  return String(
    decoding: bytes.prefix(min(written, length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
}
