import CHDF5

/// One read or write between a dataset and memory, checked before HDF5 is called.
///
/// Memory is always a whole block of elements in row-major order; only the file side selects.
struct Transfer {
  let dataset: Location
  let space: Dataspace
  /// Shape of what is moved, without the dropped axes.
  let shape: [Int]
  let count: Int
  /// Elements along each axis of the file's space. HDF5 moves runs of elements only if memory has the
  /// same form, and else one element after the other, which takes a hundred times as long.
  private let extents: [Int]
  private let selectsAll: Bool

  /// Prepares the transfer of `selection`, or of everything when it is `nil`.
  init(
    _ dataset: Location, _ selection: [AxisSelection]?, _ function: String
  ) throws(HDF5Error) {
    self.dataset = dataset
    space = try dataset.dataspace()
    guard let selection else {
      try Dataspace.requireValid(space.shape, function, dataset.name)
      (shape, count, selectsAll) = (space.shape, space.elementCount, true)
      extents = space.shape
      return
    }
    guard selection.count == space.shape.count else {
      throw HDF5Error(
        function: function, path: dataset.name,
        reason: "\(selection.count) subscripts for shape \(space.shape)")
    }
    var axes: [ResolvedAxis] = []
    for (axis, (selected, extent)) in zip(selection, space.shape).enumerated() {
      guard let resolved = ResolvedAxis(selected, extent: extent) else {
        throw HDF5Error(
          function: function, path: dataset.name,
          reason: "subscript \(selected) reaches outside axis \(axis) of shape \(space.shape)")
      }
      axes.append(resolved)
    }
    shape = axes.filter { !$0.isDropped }.map(\.count)
    extents = axes.map(\.count)
    count = axes.reduce(1) { $0 * $1.count }
    selectsAll = axes.isEmpty
    guard count > 0, !axes.isEmpty else { return }
    try check(
      "H5Sselect_hyperslab", dataset.name,
      H5Sselect_hyperslab(
        space.handle.id, H5S_SELECT_SET, axes.map { hsize_t($0.start) },
        axes.map { hsize_t($0.step) }, axes.map { hsize_t($0.count) }, nil))
  }

  /// Reads as `type` into `target`, which must hold exactly `count` elements.
  func read(
    as type: ScalarType, into target: UnsafeMutableRawBufferPointer
  ) throws(HDF5Error) {
    guard let base = try requireSize(target.baseAddress, target.count, type, "read") else { return }
    let memory = try Dataspace(shape: extents, "read", dataset.name)
    // Overflow can only happen towards integers; the check costs nothing when no conversion is
    // needed.
    let transfer = type.isInteger ? try makePropertyList(chdf5_class_dataset_transfer()) : nil
    if let transfer {
      try check("H5Pset_type_conv_cb", dataset.name, chdf5_set_refuse_overflow(transfer.id))
      // HDF5 zeroes this buffer at every read that converts. Its own 1 MiB costs more than the
      // conversion of a chunk of labels.
      try check("H5Pset_buffer", dataset.name, H5Pset_buffer(transfer.id, 1 << 16, nil, nil))
    }
    try check(
      "H5Dread", dataset.name,
      H5Dread(
        dataset.id, type.native, memory.handle.id, fileSpace,
        transfer?.id ?? hid_t(H5P_DEFAULT), base))
  }

  /// Writes `source`, which must hold exactly `count` elements of `type`.
  func write(as type: ScalarType, from source: UnsafeRawBufferPointer) throws(HDF5Error) {
    guard let base = try requireSize(source.baseAddress, source.count, type, "write") else {
      return
    }
    let memory = try Dataspace(shape: extents, "write", dataset.name)
    try check(
      "H5Dwrite", dataset.name,
      H5Dwrite(
        dataset.id, type.native, memory.handle.id, fileSpace, hid_t(H5P_DEFAULT), base))
  }

  private var fileSpace: hid_t { selectsAll ? chdf5_space_all() : space.handle.id }

  /// Throws unless the buffer's size is that of the selection; `nil` when there is nothing to move.
  private func requireSize<Pointer>(
    _ base: Pointer?, _ byteCount: Int, _ type: ScalarType, _ function: String
  ) throws(HDF5Error) -> Pointer? {
    guard byteCount == count * type.byteCount else {
      throw HDF5Error(
        function: function, path: dataset.name,
        reason: "the buffer holds \(byteCount / type.byteCount) elements, "
          + "the selection of shape \(shape) has \(count)")
    }
    return count == 0 ? nil : base
  }
}

extension Location {
  /// The extents of this dataset as they are now.
  func dataspace() throws(HDF5Error) -> Dataspace {
    try Dataspace(try check("H5Dget_space", name, H5Dget_space(id)), of: name)
  }

  /// The type of this dataset's elements as stored.
  func storedType() throws(HDF5Error) -> StoredType {
    try StoredType(try check("H5Dget_type", name, H5Dget_type(id)), of: name)
  }
}
