import Foundation
import HDF5
import Testing

/// Chunks that HDF5's pipeline wrote and that are read past it.
@Suite struct ChunkReaderTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(_ dataset: UntypedDataset, _ rows: Range<Int>, rowBytes: Int) throws -> Data? {
    let type = try #require(dataset.scalarType)
    let reader = try #require(try ChunkReader(dataset, as: type))
    var scratch = Data(count: reader.scratchByteCount)
    var target = Data(count: rows.count * rowBytes)
    let isRead = try scratch.withUnsafeMutableBytes { scratch in
      let base = try #require(scratch.baseAddress)
      return try target.withUnsafeMutableBytes {
        try reader.read(at: rows.lowerBound, into: $0, scratch: base)
      }
    }
    return isRead ? target : nil
  }

  @Test(arguments: [[Filter.fletcher32], [.deflate(4), .fletcher32]], [1, 3, 7, 64, 1_001])
  func chunksAreWhatThePipelineReads(filters: [Filter], width: Int) throws {
    let rows = 23
    let elements = (0..<rows * width).map { UInt8(truncatingIfNeeded: $0 / 5 * 37) }
    let file = try File.create(folder("a.h5"), format: .v110)
    try file.createDataset(
      "x", shape: [rows, width], of: UInt8.self, chunks: [5, width], filters: filters)[.all, .all]
      .write(elements)
    let dataset = try file.untypedDataset("x")
    for start in stride(from: 0, to: rows, by: 5) {
      let part = start..<min(start + 5, rows)
      // Deflate leaves out what it would make longer: then the pipeline is asked.
      guard let bytes = try read(dataset, part, rowBytes: width) else {
        #expect(filters.count == 2 && width < 64, "\(part)")
        continue
      }
      #expect(bytes.elementsEqual(elements[part.lowerBound * width..<part.upperBound * width]))
    }
  }

  @Test(arguments: [[Filter.fletcher32], [.deflate(4), .fletcher32]])
  func aFlippedBitIsLeftToThePipeline(filters: [Filter]) throws {
    let elements = (0..<4_096).map { UInt8(truncatingIfNeeded: $0 % 251) }
    let file = try File.create(folder("a.h5"), format: .v110)
    try file.createDataset(
      "x", shape: [64, 64], of: UInt8.self, chunks: [64, 64], filters: filters)[.all, .all]
      .write(elements)
    try file.close()
    var data = try Data(contentsOf: URL(fileURLWithPath: folder("a.h5")))
    // The chunk is the last thing in the file but for a few lists.
    let dataset = try File.open(folder("a.h5")).untypedDataset("x")
    #expect(try read(dataset, 0..<64, rowBytes: 64)?.elementsEqual(elements) == true)
    var found = 0
    for place in stride(from: 40, to: data.count - 40, by: 97) {
      data[place] ^= 4
      try data.write(to: URL(fileURLWithPath: folder("b.h5")))
      data[place] ^= 4
      guard let file = try? File.open(folder("b.h5")), let damaged = try? file.untypedDataset("x"),
        damaged.shape == [64, 64], damaged.filters == filters, damaged.scalarType == .uint8
      else { continue }
      let bytes = try? read(damaged, 0..<64, rowBytes: 64)
      #expect(bytes == nil || bytes?.elementsEqual(elements) == true, "byte \(place)")
      if bytes == nil { found += 1 }
    }
    #expect(found > 0)
  }

  @Test func otherLayoutsGoThroughThePipeline() throws {
    let file = try File.create(folder("a.h5"), format: .v110)
    let cut = try file.createDataset(
      "cut", shape: [4, 4], of: UInt8.self, chunks: [2, 2], filters: [.fletcher32])
    let shuffled = try file.createDataset(
      "shuffled", shape: [4, 4], of: Float.self, chunks: [2, 4],
      filters: [.shuffle, .deflate(4), .fletcher32])
    let whole = try file.createDataset("whole", shape: [4, 4], of: Float.self)
    _ = (cut, shuffled, whole)
    for name in ["cut", "shuffled", "whole"] {
      let dataset = try file.untypedDataset(name)
      let type = try #require(dataset.scalarType)
      #expect(try ChunkReader(dataset, as: type) == nil, "\(name)")
    }
  }
}
