import CHDF5

/// A step that each chunk of a dataset passes on its way to the file; undone in reverse order when
/// it is read.
public enum Filter: Sendable, Hashable {
  /// Compresses with zlib, level 0 (none) to 9 (`H5Pset_deflate`).
  case deflate(Int)
  /// Groups the first bytes of all elements, then the second, and so on; helps `deflate`
  /// (`H5Pset_shuffle`).
  case shuffle
  /// Adds a checksum that is verified on every read (`H5Pset_fletcher32`).
  case fletcher32
  /// A filter this library does not create, by its registered number; only found in files of
  /// others.
  case other(Int)

  /// Appends this filter to a dataset creation property list.
  func append(to list: Handle, _ name: String) throws(HDF5Error) {
    switch self {
    case .deflate(let level):
      guard (0...9).contains(level) else {
        throw HDF5Error(
          function: "createDataset", path: name, reason: "deflate level \(level) is not in 0...9")
      }
      try check("H5Pset_deflate", name, H5Pset_deflate(list.id, UInt32(level)))
    case .shuffle: try check("H5Pset_shuffle", name, H5Pset_shuffle(list.id))
    case .fletcher32: try check("H5Pset_fletcher32", name, H5Pset_fletcher32(list.id))
    case .other(let number):
      throw HDF5Error(
        function: "createDataset", path: name, reason: "filter \(number) cannot be created")
    }
  }

  /// The filters of a dataset creation property list, in order (`H5Pget_filter2`).
  static func all(in list: Handle, _ name: String) throws(HDF5Error) -> [Filter] {
    let count = try check("H5Pget_nfilters", name, H5Pget_nfilters(list.id))
    var filters: [Filter] = []
    for index in 0..<UInt32(count) {
      var flags: UInt32 = 0
      var values: [UInt32] = [0]
      var valueCount = values.count
      let code = try check(
        "H5Pget_filter2", name,
        H5Pget_filter2(list.id, index, &flags, &valueCount, &values, 0, nil, nil))
      switch code {
      case H5Z_FILTER_DEFLATE: filters.append(.deflate(Int(values[0])))
      case H5Z_FILTER_SHUFFLE: filters.append(.shuffle)
      case H5Z_FILTER_FLETCHER32: filters.append(.fletcher32)
      default: filters.append(.other(Int(code)))
      }
    }
    return filters
  }
}
