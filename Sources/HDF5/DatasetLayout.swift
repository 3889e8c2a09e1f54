import CHDF5

/// How a new dataset lies in the file.
struct DatasetLayout {
  var shape: [Int]
  var maximumShape: [Int?]?
  var chunks: [Int]?
  var filters: [Filter]

  /// Largest block that is chosen when none is asked for.
  static let automaticChunkByteLimit = 4 << 20

  /// The creation property list (`H5Pset_chunk` and one call per filter).
  func properties(elementByteCount: Int, _ name: String) throws(HDF5Error) -> Handle {
    let list = try makePropertyList(chdf5_class_dataset_create())
    try check("H5Pset_obj_track_times", name, H5Pset_obj_track_times(list.id, false))
    let chunks = try resolvedChunks(elementByteCount: elementByteCount, name)
    guard let chunks else { return list }
    try check(
      "H5Pset_chunk", name,
      H5Pset_chunk(list.id, Int32(chunks.count), chunks.map { hsize_t($0) }))
    for filter in filters { try filter.append(to: list, name) }
    return list
  }

  /// The chunk shape, or `nil` for one contiguous block.
  private func resolvedChunks(elementByteCount: Int, _ name: String) throws(HDF5Error) -> [Int]? {
    if let chunks {
      // The file format counts the bytes of a chunk in 32 bits.
      var byteCount = elementByteCount
      var fits = chunks.count == shape.count && !chunks.isEmpty
      for extent in chunks where fits {
        let (product, overflow) = byteCount.multipliedReportingOverflow(by: extent)
        byteCount = product
        fits = extent > 0 && !overflow && product <= Int(UInt32.max)
      }
      guard fits else {
        throw HDF5Error(
          function: "createDataset", path: name,
          reason: "chunk shape \(chunks) does not fit shape \(shape) "
            + "(same rank, positive extents, at most 4 GiB)")
      }
      return chunks
    }
    let grows = maximumShape != nil
    // A scalar cannot be chunked, an empty set of fixed size has nothing to filter.
    guard grows || (!filters.isEmpty && !shape.isEmpty && !shape.contains(0)) else { return nil }
    var chunks = shape.map { max($0, 1) }
    for axis in chunks.indices {
      let inner = chunks[(axis + 1)...].reduce(elementByteCount, *)
      chunks[axis] = min(chunks[axis], max(1, Self.automaticChunkByteLimit / inner))
    }
    return chunks
  }
}
