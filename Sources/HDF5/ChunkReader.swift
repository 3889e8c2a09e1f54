import CDeflate
import CHDF5
import CKernels

// Note [Reading whole chunks]
//
//     in the file    | elements          | checksum |      or | deflated elements | checksum |
//                          H5Dread_chunk |                          | H5Dread_chunk
//     scratch        | elements          | checksum |         | deflated elements | checksum |
//                          | verified, copied                       | verified, inflated
//     target         | elements          |                    | elements          |
//
// HDF5's own pipeline does the same in two to three times as long: its checksum adds word by word, its
// zlib is half as fast as libdeflate and grows the result by doubling, and all of it allocates.

/// Reads whole chunks of a dataset past HDF5's pipeline, where it has no filters but deflate and the
/// checksum.
public struct ChunkReader: Sendable {
  /// Positions of the first axis in a chunk.
  public let rows: Int
  /// Bytes of memory that ``read(at:into:scratch:)`` works in.
  public let scratchByteCount: Int
  private let dataset: Location
  private let axes: Int
  private let isDeflated: Bool
  private let byteCount: Int

  /// Nil if the dataset must go through the pipeline: elements that are not `type` as in memory, other
  /// filters, chunks that cut another axis than the first, or of more than 64 MiB.
  public init?(_ description: UntypedDataset, as type: ScalarType) throws(HDF5Error) {
    guard let chunks = description.chunks,
      chunks.dropFirst().elementsEqual(description.shape.dropFirst())
    else { return nil }
    switch description.filters {
    case [.fletcher32]: isDeflated = false
    case let filters where filters.count == 2 && filters[1] == .fletcher32:
      guard case .deflate = filters[0] else { return nil }
      isDeflated = true
    default: return nil
    }
    dataset = description.location
    let stored = try dataset.storedType()
    let isEqual = try check(
      "H5Tequal", dataset.name, H5Tequal(stored.handle.id, type.native))
    var elements = type.byteCount
    for extent in chunks {
      let (product, overflows) = elements.multipliedReportingOverflow(by: extent)
      guard !overflows, product <= 64 << 20 else { return nil }
      elements = product
    }
    guard isEqual > 0, elements > 0 else { return nil }
    rows = chunks[0]
    axes = chunks.count
    byteCount = elements
    // Deflated to more than this, HDF5 would have left the filter out.
    scratchByteCount = elements + 4 + (isDeflated ? elements : 0)
  }

  /// Reads the first bytes of the chunk that begins at `row`, up to all, into `target`. Blocks.
  ///
  /// - Returns: False if the chunk is not there, not as long as it should be, or does not match its
  ///   checksum: the pipeline then knows what to do, or says what is wrong.
  /// - Throws: `HDF5Error` if the file cannot be read.
  public func read(
    at row: Int, into target: UnsafeMutableRawBufferPointer, scratch: UnsafeMutableRawPointer
  ) throws(HDF5Error) -> Bool {
    guard let base = target.baseAddress, target.count <= byteCount else { return false }
    guard let count = try readStored(at: row, into: scratch) else { return false }
    guard isDeflated else {
      guard count == byteCount else { return false }
      base.copyMemory(from: scratch, byteCount: target.count)
      return true
    }
    if target.count == byteCount { return Self.inflate(scratch, count, base, byteCount) }
    // The last chunk is stored whole.
    let whole = scratch + byteCount + 4
    guard Self.inflate(scratch, count, whole, byteCount) else { return false }
    base.copyMemory(from: whole, byteCount: target.count)
    return true
  }

  /// Reads what is in the file for a chunk; returns its number of bytes before the checksum, or nil.
  private func readStored(
    at row: Int, into scratch: UnsafeMutableRawPointer
  ) throws(HDF5Error) -> Int? {
    var offset = [hsize_t](repeating: 0, count: axes)
    offset[0] = hsize_t(row)
    var stored: hsize_t = 0
    try check(
      "H5Dget_chunk_storage_size", dataset.name,
      H5Dget_chunk_storage_size(dataset.id, offset, &stored))
    guard stored > 4, stored <= byteCount + 4 else { return nil }
    // Of filters that were left out for this chunk.
    var mask: UInt32 = 0
    try check(
      "H5Dread_chunk", dataset.name,
      H5Dread_chunk(dataset.id, hid_t(H5P_DEFAULT), offset, &mask, scratch))
    let count = Int(stored) - 4
    let checksum = UInt32(
      littleEndian: scratch.loadUnaligned(fromByteOffset: count, as: UInt32.self))
    return mask == 0 && ck_fletcher32(scratch, count) == checksum ? count : nil
  }

  private static func inflate(
    _ source: UnsafeRawPointer, _ count: Int, _ target: UnsafeMutableRawPointer, _ targetCount: Int
  ) -> Bool {
    guard let decompressor = libdeflate_alloc_decompressor() else { return false }
    defer { libdeflate_free_decompressor(decompressor) }
    return libdeflate_zlib_decompress(decompressor, source, count, target, targetCount, nil)
      == LIBDEFLATE_SUCCESS
  }
}
