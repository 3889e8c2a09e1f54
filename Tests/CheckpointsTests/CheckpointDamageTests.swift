import Checkpoints
import Foundation
import HDF5
import Testing

@Suite struct CheckpointDamageTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Damages single bytes at random places, as many as `FLIPS` says. Each must be found when the file is
  /// read, or be without effect on anything in it: such bytes lie in space that HDF5 does not use.
  @Test func changedByteIsFoundOrInUnusedSpace() throws {
    let written = checkpoint()
    let path = try CheckpointWriter.write(written, toFolder: folder.path)
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    let count = ProcessInfo.processInfo.environment["FLIPS"].flatMap { Int($0) } ?? 300
    var generator = SplitMix(state: 2_026)
    var (found, named, unused) = (0, 0, 0)
    for _ in 0..<count {
      let offset = Int(generator.next() % UInt64(data.count))
      let change = UInt8(generator.next() % 255 + 1)
      var damaged = data
      damaged[offset] ^= change
      try damaged.write(to: URL(fileURLWithPath: folder("damaged.h5")))
      do {
        let read = try CheckpointReader(folder("damaged.h5")).contents()
        var expected = written
        // The comment has a checksum like all else, but is for information only.
        expected.state.worldSize = read.state.worldSize
        #expect(read == expected, "byte \(offset) changed by \(change) is not found")
        unused += 1
      } catch {
        found += 1
        if "\(error)".contains("damaged.h5:/") { named += 1 }
      }
    }
    print(
      "\(count) bytes changed: \(found) found (\(named) with object), \(unused) in unused space")
    #expect(found > count / 2)
  }

  @Test func resumeTakesTheCheckpointBeforeADamagedOne() throws {
    for step in [10, 20] {
      try CheckpointWriter.write(checkpoint(step: step), toFolder: folder.path)
    }
    let newest = URL(fileURLWithPath: folder("step-00000020.h5"))
    let data = try Data(contentsOf: newest)
    var generator = SplitMix(state: 7)
    for _ in 0..<40 {
      var damaged = data
      damaged[Int(generator.next() % UInt64(data.count))] ^= UInt8(generator.next() % 255 + 1)
      try damaged.write(to: newest)
      let isGood = (try? CheckpointReader(newest.path).verify()) != nil
      let choice = try #require(try CheckpointFolder(folder.path).newestReadable())
      #expect(choice.checkpoint.state.step == (isGood ? 20 : 10))
      #expect(choice.rejected.count == (isGood ? 0 : 1))
    }
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

/// Steele, Lea and Flood 2014: the same places in every run.
private struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
