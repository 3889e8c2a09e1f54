import Foundation
import HDF5
import Testing

/// Datasets that are written past HDF5's pipeline are read through it, which tests the checksums.
@Suite struct WholeChunkTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: [
    [1], [7], [8_192], [2_097_153], [3, 5], [1_100, 1_000], [2, 3, 600_000], [1, 1, 4],
    [2, 1_048_577],
  ])
  func elementsComeBack(shape: [Int]) throws {
    let count = shape.reduce(1, *)
    let elements = (0..<count).map { Float($0 % 10_007) - 5_000.5 }
    let file = try File.create(folder("a.h5"), format: .v110)
    let dataset = try file.createDataset(
      "x", shape: shape, of: Float.self, filters: [.fletcher32])
    try dataset.write(elements)
    #expect(try dataset.read() == elements)
  }

  @Test(arguments: [UInt16(0), 0xFFFF, 0x00FF])
  func sumsThatAreZeroModulo65535AreWrittenAsHDF5WritesThem(word: UInt16) throws {
    let file = try File.create(folder("a.h5"), format: .v110)
    let elements = [UInt16](repeating: word, count: 65_535)
    let dataset = try file.createDataset(
      "x", shape: [65_535], of: UInt16.self, filters: [.fletcher32])
    try dataset.write(elements)
    #expect(try dataset.read() == elements)
  }

  @Test func fileIsTheSameAsThroughThePipeline() throws {
    let elements = (0..<3_000).map { Float($0) }
    for (name, isWhole) in [("a.h5", true), ("b.h5", false)] {
      let file = try File.create(folder(name), format: .v110)
      let dataset = try file.createDataset(
        "x", shape: [3, 1_000], of: Float.self, filters: [.fletcher32])
      if isWhole { try dataset.write(elements) } else { try dataset[.all, .all].write(elements) }
      try file.close()
    }
    let (one, other) = (URL(fileURLWithPath: folder("a.h5")), URL(fileURLWithPath: folder("b.h5")))
    #expect(try Data(contentsOf: one) == Data(contentsOf: other))
  }

  @Test func wrongNumberOfElementsIsRefused() throws {
    let file = try File.create(folder("a.h5"))
    let dataset = try file.createDataset("x", shape: [3], of: Float.self, filters: [.fletcher32])
    #expect(throws: HDF5Error.self) { try dataset.write([1, 2]) }
  }
}
