import HDF5

/// Rows of equal size in one file or piece of memory.
///
///     | header | row 0 | gap | row 1 | gap | ...
///     offset --^       |<-- stride ->|
struct StoredRows {
  let file: FileBytes
  let offset: Int
  let stride: Int
  let count: Int

  /// Throws unless `count` rows of `byteCount` bytes lie in the file.
  init(
    _ file: FileBytes, offset: Int, stride: Int, byteCount: Int, count: Int
  ) throws(ImportError) {
    let (reach, overflow) = max(0, count - 1).multipliedReportingOverflow(by: stride)
    guard count >= 0, offset >= 0, stride >= 0, !overflow,
      count == 0
        || (file.bytes.count >= offset + byteCount
          && reach <= file.bytes.count - offset - byteCount)
    else {
      throw ImportError(
        file.path, "",
        "holds \(file.bytes.count) bytes, too few for \(count) samples of \(byteCount)")
    }
    (self.file, self.offset, self.stride, self.count) = (file, offset, stride, count)
  }

  /// Row `index`.
  func row(_ index: Int) -> UnsafeRawPointer? {
    file.bytes.baseAddress.map { $0 + offset + index * stride }
  }
}

/// Samples that lie in files or memory as they will lie in shards.
public final class StoredSamples: SourceSamples {
  /// What the samples are.
  public let layout: SampleLayout
  /// Number of samples.
  public let count: Int
  private let features: [StoredRows]
  private let labels: [StoredRows]
  private let lengths: [Int]
  private let starts: [Int]

  /// Samples of several parts, one behind the other; labels come in the same parts.
  init(
    _ layout: SampleLayout, features: [StoredRows], labels: [StoredRows] = [], lengths: [Int] = []
  ) {
    (self.layout, self.features, self.labels, self.lengths) = (layout, features, labels, lengths)
    var starts: [Int] = []
    var total = 0
    for part in features {
      starts.append(total)
      total += part.count
    }
    (self.starts, count) = (starts, total)
  }

  /// Copies features.
  public func readFeatures(_ index: Int, into target: UnsafeMutableRawBufferPointer) throws {
    copy(features, index, into: target)
  }

  /// Copies labels.
  public func readLabels(_ index: Int, into target: UnsafeMutableRawBufferPointer) throws {
    copy(labels, index, into: target)
  }

  /// Steps that are not padding.
  public func length(of index: Int) throws -> Int { lengths[index] }

  private func copy(
    _ parts: [StoredRows], _ index: Int, into target: UnsafeMutableRawBufferPointer
  ) {
    var part = 0
    while part + 1 < starts.count, starts[part + 1] <= index { part += 1 }
    guard let row = parts[part].row(index - starts[part]) else { return }
    target.copyMemory(from: UnsafeRawBufferPointer(start: row, count: target.count))
  }
}
