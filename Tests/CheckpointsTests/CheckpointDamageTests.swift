import Checkpoints
import Foundation
import HDF5
import Testing

@Suite struct CheckpointDamageTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func flippedBitIsFoundOrHarmless() throws {
    let written = checkpoint()
    let path = try CheckpointWriter.write(written, toFolder: folder.path)
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    // Every 5th byte, so that all parts of the file are hit in a second or two.
    var silent: [Int] = []
    for offset in stride(from: 0, to: data.count, by: 5) {
      var damaged = data
      damaged[offset] ^= 1 << UInt8(offset % 8)
      try damaged.write(to: URL(fileURLWithPath: folder("damaged.h5")))
      guard let read = try? CheckpointReader(folder("damaged.h5")).contents() else { continue }
      var expected = written
      // The comment has a checksum like all else, but is for information only.
      expected.state.worldSize = read.state.worldSize
      if read != expected { silent.append(offset) }
    }
    #expect(silent == [])
  }

  @Test func damagedTensorIsNamed() throws {
    var contents = checkpoint()
    contents.model.append(
      CheckpointTensor(path: "big", shape: [64], values: [Float](repeating: 1.234, count: 64)))
    let path = try CheckpointWriter.write(contents, toFolder: folder.path)
    var data = try Data(contentsOf: URL(fileURLWithPath: path))
    let pattern = [Float](repeating: 1.234, count: 4).withUnsafeBytes { Data($0) }
    let place = try #require(data.range(of: pattern))
    data[place.lowerBound + 5] ^= 16
    try data.write(to: URL(fileURLWithPath: path))
    let error = #expect(throws: CheckpointError.self) { try CheckpointReader(path).verify() }
    #expect(error?.description.contains("\(path):/model/big") == true)
  }

  @Test func missingFileIsNamed() {
    let error = #expect(throws: CheckpointError.self) { try CheckpointReader(folder("none.h5")) }
    #expect(error?.description.contains("none.h5: No such file") == true)
  }

  @Test func otherFileIsNoCheckpoint() throws {
    try File.create(folder("a.h5")).close()
    let error = #expect(throws: CheckpointError.self) { try CheckpointReader(folder("a.h5")) }
    #expect(error?.description.contains("not a checkpoint") == true)
  }

  @Test func newerFormatIsRefused() throws {
    let path = try CheckpointWriter.write(checkpoint(), toFolder: folder.path)
    let file = try File.open(path, .readWrite)
    try file.group("state").attributes.set("formatVersion", 9)
    try file.close()
    let error = #expect(throws: CheckpointError.self) { try CheckpointReader(path) }
    #expect(error?.description.contains("version 9") == true)
  }

  @Test func missingStateEntryIsNamed() throws {
    let path = try CheckpointWriter.write(checkpoint(), toFolder: folder.path)
    let file = try File.open(path, .readWrite)
    try file.group("state").attributes.remove("seed")
    try file.close()
    let error = #expect(throws: CheckpointError.self) { try CheckpointReader(path) }
    #expect(error?.description.contains("/state@seed") == true)
  }

  @Test func datasetOfIntegersIsNoTensor() throws {
    let path = try CheckpointWriter.write(checkpoint(), toFolder: folder.path)
    let file = try File.open(path, .readWrite)
    try file.createDataset("model/extra", shape: [2], of: Int32.self)
    try file.close()
    let error = #expect(throws: CheckpointError.self) { try CheckpointReader(path) }
    #expect(error?.description.contains("/model/extra") == true)
  }
}
