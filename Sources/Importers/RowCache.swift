import Datasets
import HDF5

/// Rows of a dataset in any order: blocks that were read are kept, the oldest go when there are too
/// many.
///
/// A shuffled import asks for rows all over the file. Up to `limit` each block is read once; of a larger
/// file blocks are read again and again, which shows as a slow import (`--no-shuffle` avoids it).
final class RowCache {
  private let dataset: UntypedDataset
  private let type: ScalarType
  private let rowBytes: Int
  private let rowsPerBlock: Int
  private var blocks: [Int: [UInt8]] = [:]
  private var order: [Int] = []

  /// Bytes that are kept at most.
  static let limit = 1 << 30

  init(_ dataset: UntypedDataset, _ type: ScalarType) {
    (self.dataset, self.type) = (dataset, type)
    rowBytes = dataset.shape.dropFirst().reduce(type.byteCount, *)
    let automatic = max(1, (1 << 18) / max(1, rowBytes))
    let most = max(1, (64 << 20) / max(1, rowBytes))
    rowsPerBlock = max(1, min(dataset.chunks?.first ?? automatic, dataset.shape.first ?? 1, most))
  }

  func read(_ index: Int, into target: UnsafeMutableRawBufferPointer) throws {
    let (block, row) = index.quotientAndRemainder(dividingBy: rowsPerBlock)
    if blocks[block] == nil { blocks[block] = try load(block) }
    blocks[block]?.withUnsafeBytes {
      target.copyMemory(
        from: UnsafeRawBufferPointer(rebasing: $0[row * rowBytes..<row * rowBytes + target.count]))
    }
  }

  private func load(_ block: Int) throws(DatasetError) -> [UInt8] {
    let first = block * rowsPerBlock
    let rows = first..<min(first + rowsPerBlock, dataset.shape[0])
    if (order.count + 1) * rowsPerBlock * rowBytes > Self.limit, !order.isEmpty {
      blocks[order.removeFirst()] = nil
    }
    var bytes = [UInt8](repeating: 0, count: rows.count * rowBytes)
    do {
      try bytes.withUnsafeMutableBufferPointer { (buffer) throws(HDF5Error) in
        try dataset.readRows(rows, as: type, into: UnsafeMutableRawBufferPointer(buffer))
      }
    } catch { throw .unreadable(error) }
    order.append(block)
    return bytes
  }
}
