import CHDF5
import CKernels

// Note [Whole chunks]
// HDF5 carries elements to the disk through a conversion buffer, a chunk cache and its pipeline of
// filters, at about 0.5 GB/s. A dataset that is written as a whole, as it is in memory, with no filter
// but the checksum, needs none of that: each chunk is a run of elements, to which its checksum is
// appended (`H5Dwrite_chunk`). The file is the same.
//
//     shape 5 x 8, chunks of 2 x 8:    chunk 0      chunk 1      chunk 2
//     in memory                        | 0 ... 15   | 16 ... 31  | 32 ... 39
//     in the file                      | elements + checksum, each | elements, zeros, checksum

/// Writes all elements of a dataset chunk by chunk, past HDF5's pipeline.
struct ChunkWriter {
  private let dataset: Location
  private let shape: [Int]
  private let chunks: [Int]
  private let elementByteCount: Int
  /// The axis that chunks cut; before it they are one element wide, behind it as wide as the dataset.
  private let axis: Int

  /// Nil if the dataset must go through the pipeline.
  init?(_ dataset: Location, _ type: ScalarType, count: Int) throws(HDF5Error) {
    let description = try UntypedDataset(location: dataset)
    guard let chunks = description.chunks, description.filters == [.fletcher32], count > 0,
      description.elementCount == count
    else { return nil }
    let stored = try dataset.storedType()
    let isEqual = try check(
      "H5Tequal", dataset.name, H5Tequal(stored.handle.id, type.native))
    // The kernel counts in words of 16 bits.
    guard isEqual > 0, type.byteCount % 2 == 0 else { return nil }
    let axis = chunks.firstIndex { $0 != 1 } ?? chunks.count - 1
    guard chunks[(axis + 1)...].elementsEqual(description.shape[(axis + 1)...]) else { return nil }
    self.dataset = dataset
    (shape, self.chunks, self.axis) = (description.shape, chunks, axis)
    elementByteCount = type.byteCount
  }

  /// Writes the elements, row-major.
  func write(_ elements: UnsafeRawBufferPointer) throws(HDF5Error) {
    guard let base = elements.baseAddress else { return }
    let rowByteCount = shape[(axis + 1)...].reduce(elementByteCount, *)
    let chunkByteCount = chunks[axis] * rowByteCount
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: chunkByteCount + 4, alignment: 64)
    defer { buffer.deallocate() }
    guard let target = buffer.baseAddress else { return }
    for prefix in 0..<shape[..<axis].reduce(1, *) {
      for start in stride(from: 0, to: shape[axis], by: chunks[axis]) {
        let byteCount = min(chunks[axis], shape[axis] - start) * rowByteCount
        target.copyMemory(
          from: base + (prefix * shape[axis] + start) * rowByteCount, byteCount: byteCount)
        (target + byteCount).initializeMemory(
          as: UInt8.self, repeating: 0, count: chunkByteCount - byteCount)
        let checksum = ck_fletcher32(target, chunkByteCount)
        (target + chunkByteCount).storeBytes(of: checksum.littleEndian, as: UInt32.self)
        try check(
          "H5Dwrite_chunk", dataset.name,
          H5Dwrite_chunk(
            dataset.id, hid_t(H5P_DEFAULT), 0, offset(prefix, start), chunkByteCount + 4, target))
      }
    }
  }

  /// The first position of a chunk along each axis.
  private func offset(_ prefix: Int, _ start: Int) -> [hsize_t] {
    var offset = [hsize_t](repeating: 0, count: shape.count)
    var rest = prefix
    for axis in (0..<axis).reversed() {
      offset[axis] = hsize_t(rest % shape[axis])
      rest /= shape[axis]
    }
    offset[axis] = hsize_t(start)
    return offset
  }
}
