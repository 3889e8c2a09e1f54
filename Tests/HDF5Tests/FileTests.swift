import Foundation
import HDF5
import Testing

@Suite struct FileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func exclusiveCreationRefusesAnExistingFile() throws {
    try File.create(folder("a.h5")).close()
    let error = #expect(throws: HDF5Error.self) { try File.create(folder("a.h5")) }
    #expect(error?.description.contains("a.h5") == true)
    #expect(error?.function == "H5Fcreate")
  }

  @Test func truncatingCreationReplacesTheContent() throws {
    let first = try File.create(folder("a.h5"))
    try first.createGroup("old")
    try first.close()
    let second = try File.create(folder("a.h5"), mode: .truncate)
    #expect(try second.exists("old") == false)
  }

  @Test func missingFileNamesPathAndReasonInOneLine() throws {
    let error = #expect(throws: HDF5Error.self) { try File.open(folder("none.h5")) }
    let words = try #require(error?.description)
    #expect(words == "\(folder("none.h5")): No such file or directory (H5Fopen)")
    #expect(error?.stack.isEmpty == false)
  }

  @Test func fileOfAnotherFormatIsRefused() throws {
    try "not HDF5".write(toFile: folder("a.txt"), atomically: true, encoding: .utf8)
    let error = #expect(throws: HDF5Error.self) { try File.open(folder("a.txt")) }
    #expect(error?.description.contains("signature") == true)
  }

  @Test func truncatedFileIsRefused() throws {
    let file = try File.create(folder("a.h5"))
    try file.createDataset("x", shape: [10_000], of: Double.self).write(
      [Double](repeating: 1, count: 10_000))
    try file.close()
    let handle = try FileHandle(forUpdating: URL(fileURLWithPath: folder("a.h5")))
    try handle.truncate(atOffset: 4_000)
    try handle.close()
    let error = #expect(throws: HDF5Error.self) { try File.open(folder("a.h5")) }
    #expect(error?.description.contains("truncated") == true)
  }

  @Test func readOnlyFileRefusesWrites() throws {
    let file = try File.create(folder("a.h5"))
    try file.createDataset("x", shape: [1], of: Int32.self)
    try file.close()
    let reader = try File.open(folder("a.h5"), .readOnly)
    #expect(throws: HDF5Error.self) { try reader.createGroup("g") }
    #expect(throws: HDF5Error.self) { try reader.dataset("x", of: Int32.self).write([1]) }
  }

  @Test func readWriteFileKeepsWhatWasAdded() throws {
    try File.create(folder("a.h5")).close()
    let writer = try File.open(folder("a.h5"), .readWrite)
    try writer.createDataset("x", shape: [2], of: Int16.self).write([3, -4])
    try writer.close()
    #expect(try File.open(folder("a.h5")).dataset("x", of: Int16.self).read() == [3, -4])
  }

  @Test func datasetKeepsItsFileOpen() throws {
    func write() throws -> Dataset<Int32> {
      try File.create(folder("a.h5")).createDataset("x", shape: [1], of: Int32.self)
    }
    let dataset = try write()
    try dataset.write([7])
    #expect(try dataset.read() == [7])
  }

  @Test func objectsOfAClosedFileThrow() throws {
    let file = try File.create(folder("a.h5"))
    let dataset = try file.createDataset("x", shape: [1], of: Int32.self)
    try file.close()
    #expect(throws: HDF5Error.self) { try dataset.read() }
    #expect(throws: HDF5Error.self) { try file.close() }
  }

  @Test func flushedDataIsThereForASecondOpen() throws {
    let file = try File.create(folder("a.h5"))
    try file.createDataset("x", shape: [3], of: UInt8.self).write([1, 2, 3])
    try file.flush()
    let copy = folder("copy.h5")
    try FileManager.default.copyItem(atPath: folder("a.h5"), toPath: copy)
    #expect(try File.open(copy).dataset("x", of: UInt8.self).read() == [1, 2, 3])
  }

  @Test func sameContentGivesTheSameBytes() throws {
    func write(_ name: String) throws -> Data {
      let file = try File.create(folder(name))
      try file.createDataset("a/b", shape: [4, 3], of: Float.self, filters: [.fletcher32]).write(
        (0..<12).map(Float.init))
      try file.attributes.set("text", "oar", length: .fixed(3))
      try file.close()
      return try Data(contentsOf: URL(fileURLWithPath: folder(name)))
    }
    let first = try write("a.h5")
    Thread.sleep(forTimeInterval: 1.1)
    #expect(try write("b.h5") == first)
  }

  @Test(arguments: [File.Format.v18, .v110]) func bothFormatsAreRead(format: File.Format) throws {
    let file = try File.create(folder("a.h5"), format: format)
    try file.createDataset("x", shape: [3], of: Float.self, filters: [.fletcher32]).write([1, 2, 3])
    try file.close()
    #expect(try File.open(folder("a.h5")).dataset("x", of: Float.self).read() == [1, 2, 3])
  }

  @Test func manyProcessesReadAtOnce() throws {
    let file = try File.create(folder("a.h5"))
    try file.createDataset("x", shape: [1], of: Int32.self).write([5])
    try file.close()
    let reader = try File.open(folder("a.h5"))
    guard let other = try run("h5dump", "-d", "/x", folder("a.h5")) else { return }
    #expect(other.code == 0)
    #expect(try reader.dataset("x", of: Int32.self).read() == [5])
  }

  @Test func threadsTakeTurns() async throws {
    let file = try File.create(folder("a.h5"))
    let dataset = try file.createDataset("x", shape: [64, 100], of: Int32.self)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for row in 0..<64 {
        group.addTask {
          try dataset[row, .all].write([Int32](repeating: Int32(row), count: 100))
        }
      }
      try await group.waitForAll()
    }
    #expect(try dataset.read() == (0..<6_400).map { Int32($0 / 100) })
  }
}
