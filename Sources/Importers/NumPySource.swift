import HDF5

/// Arrays of NumPy: `.npy` files, or the members of an `.npz` file.
public enum NumPySource {
  /// Where features and labels are: members of an `.npz`, or paths of `.npy` files.
  public struct Names: Sendable {
    /// The features, samples along the first axis.
    public var features: String
    /// One label a sample, or several; `nil`: none.
    public var labels: String?

    /// The given names.
    public init(features: String, labels: String?) {
      (self.features, self.labels) = (features, labels)
    }
  }

  /// Reads a split from the members of an archive, or from files if `archive` is `nil`.
  ///
  /// - Throws: `ImportError`.
  public static func samples(
    archive: String?, _ names: Names, name: String, classNames: [String]?
  ) throws(ImportError) -> StoredSamples {
    let zip: ZipArchive? =
      if let archive { try ZipArchive(try FileBytes(path: archive)) } else { nil }
    func array(_ name: String) throws(ImportError) -> NumPyArray {
      guard let zip else { return try NumPyArray(try FileBytes(path: name)) }
      guard let member = ["\(name).npy", name].first(where: { zip.names.contains($0) }) else {
        throw ImportError(
          zip.file.path, "",
          "has no array \(name); there are "
            + zip.names.prefix(20).map { FolderListing.stem($0) }.joined(separator: ", "))
      }
      return try NumPyArray(try zip.member(member))
    }
    let features = try array(names.features)
    guard let count = features.shape.first, count > 0 else {
      throw ImportError(features.path, "", "has shape \(features.shape): no samples")
    }
    var layout = SampleLayout(
      name: name, featureShape: Array(features.shape.dropFirst()), featureType: features.type)
    let rows = try features.rows()
    guard let labelName = names.labels else {
      return StoredSamples(layout, features: [rows])
    }
    let labels = try array(labelName)
    guard labels.shape.first == count else {
      throw ImportError(
        labels.path, "", "has shape \(labels.shape) for the \(count) samples of \(features.path)")
    }
    // A column of classes is what many write for one class a sample.
    layout.labelShape =
      labels.shape.count == 2 && labels.shape[1] == 1
      ? [] : Array(labels.shape.dropFirst())
    layout.labelType = labels.type
    let labelRows = try labels.rows()
    let samples = StoredSamples(layout, features: [rows], labels: [labelRows])
    layout.classNames = try ClassNames.resolve(classNames, for: samples, file: labels.path)
    return StoredSamples(layout, features: [rows], labels: [labelRows])
  }
}
