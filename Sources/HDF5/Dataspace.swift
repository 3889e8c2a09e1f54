import CHDF5

/// The extents of a dataset or attribute (`H5S`).
struct Dataspace {
  let handle: Handle
  /// Elements along each axis; empty for one scalar.
  let shape: [Int]
  /// Largest elements along each axis, `nil` where unlimited.
  let maximumShape: [Int?]

  /// Describes the dataspace `id` and takes it over.
  init(_ id: hid_t, of name: String) throws(HDF5Error) {
    handle = Handle(id)
    guard H5Sget_simple_extent_type(id) != H5S_NULL else {
      // A null dataspace (h5py's `Empty`) has no elements at all, unlike a scalar, which has one.
      (shape, maximumShape) = ([0], [0])
      return
    }
    let rank = Int(try check("H5Sget_simple_extent_ndims", name, H5Sget_simple_extent_ndims(id)))
    var extents = [hsize_t](repeating: 0, count: rank)
    var limits = extents
    if rank > 0 {
      try check(
        "H5Sget_simple_extent_dims", name, H5Sget_simple_extent_dims(id, &extents, &limits))
    }
    shape = extents.map { Int(clamping: $0) }
    maximumShape = limits.map { $0 == chdf5_unlimited() ? nil : Int(clamping: $0) }
  }

  /// Makes a dataspace of `shape` that may grow to `maximumShape`.
  init(
    shape: [Int], maximumShape: [Int?]? = nil, _ function: String, _ name: String
  ) throws(HDF5Error) {
    try Dataspace.requireValid(shape, function, name)
    if let maximumShape {
      guard maximumShape.count == shape.count else {
        throw HDF5Error(
          function: function, path: name,
          reason: "maximum shape \(text(maximumShape)) has another rank than shape \(shape)")
      }
      for (extent, limit) in zip(shape, maximumShape) {
        guard let limit else { continue }
        guard limit >= extent, limit > 0 else {
          throw HDF5Error(
            function: function, path: name,
            reason: "maximum shape \(text(maximumShape)) is smaller than shape \(shape)")
        }
      }
    }
    let limits = maximumShape ?? shape.map { Optional($0) }
    self.shape = shape
    self.maximumShape = limits
    guard !shape.isEmpty else {
      handle = Handle(try check("H5Screate", name, H5Screate(H5S_SCALAR)))
      return
    }
    handle = Handle(
      try check(
        "H5Screate_simple", name,
        H5Screate_simple(
          Int32(shape.count), shape.map { hsize_t($0) },
          limits.map { $0.map { hsize_t($0) } ?? chdf5_unlimited() })))
  }

  /// Throws unless `shape` has at most 32 axes, no negative extent and a countable number of
  /// elements.
  static func requireValid(
    _ shape: [Int], _ function: String, _ name: String
  ) throws(HDF5Error) {
    var count = 1
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflow, shape.count <= Int(H5S_MAX_RANK) else {
        throw HDF5Error(function: function, path: name, reason: "impossible shape \(shape)")
      }
      count = product
    }
  }

  /// Number of elements; a scalar has one.
  var elementCount: Int { shape.reduce(1, *) }
}

/// A maximum shape as words: `[unlimited, 784]`.
private func text(_ maximumShape: [Int?]) -> String {
  "[" + maximumShape.map { $0.map(String.init) ?? "unlimited" }.joined(separator: ", ") + "]"
}
