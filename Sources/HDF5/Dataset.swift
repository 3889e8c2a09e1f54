import CHDF5

/// A dataset of numbers, read and written as `Element` whatever width it is stored in.
///
/// Elements in memory are in row-major order: the last axis runs fastest. All calls block until the
/// data is moved.
public struct Dataset<Element: HDF5Scalar>: Sendable {
  let location: Location

  /// Absolute path in the file.
  public var path: String { location.objectPath }

  /// The dataset's attributes.
  public var attributes: Attributes { Attributes(location: location) }

  /// Elements along each axis, asked from the file; `[]` for one scalar.
  public var shape: [Int] {
    get throws(HDF5Error) { try location.dataspace().shape }
  }

  /// What the file says about the dataset: stored class, chunks, filters.
  public var untyped: UntypedDataset {
    get throws(HDF5Error) { try UntypedDataset(location: location) }
  }

  /// Changes the extents within the maximum shape that was given at creation (`H5Dset_extent`).
  ///
  /// New elements are zero; elements outside the new shape are lost.
  public func resize(to shape: [Int]) throws(HDF5Error) {
    let space = try location.dataspace()
    try Dataspace.requireValid(shape, "resize", location.name)
    guard shape.count == space.shape.count else {
      throw HDF5Error(
        function: "resize", path: location.name,
        reason: "shape \(shape) has another rank than \(space.shape)")
    }
    for (extent, limit) in zip(shape, space.maximumShape) {
      guard let limit, extent > limit else { continue }
      throw HDF5Error(
        function: "resize", path: location.name,
        reason: "shape \(shape) exceeds the maximum shape; give maximumShape at creation")
    }
    try check(
      "H5Dset_extent", location.name, H5Dset_extent(location.id, shape.map { hsize_t($0) }))
  }
}
