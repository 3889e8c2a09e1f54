import HDF5
import Testing

@Suite struct StringTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }
  let words = ["oar", "", "Ruderschlag über Bord", "三段櫂船"]

  @Test(arguments: [StringLength.variable, .fixed(40)])
  func stringsComeBack(length: StringLength) throws {
    let file = try File.create(folder("a.h5"))
    let dataset = try file.createStringDataset("s", shape: [2, 2], length: length)
    try dataset.write(words)
    #expect(try dataset.read() == words)
    #expect(try file.stringDataset("s").shape == [2, 2])
  }

  @Test func fixedStringsPassFilters() throws {
    let file = try File.create(folder("a.h5"))
    let dataset = try file.createStringDataset(
      "s", shape: [4], length: .fixed(40), filters: [.deflate(9), .fletcher32])
    try dataset.write(words)
    #expect(try dataset.read() == words)
    #expect(try file.untypedDataset("s").elementClass == .string(byteCount: 40))
  }

  @Test func stringLongerThanItsFieldIsRefused() throws {
    let file = try File.create(folder("a.h5"))
    let dataset = try file.createStringDataset("s", shape: [1], length: .fixed(3))
    #expect(throws: HDF5Error.self) { try dataset.write(["oars"]) }
    #expect(throws: HDF5Error.self) { try dataset.write(["a", "b"]) }
  }

  @Test func zeroByteInAStringIsRefused() throws {
    let file = try File.create(folder("a.h5"))
    let dataset = try file.createStringDataset("s", shape: [1])
    #expect(throws: HDF5Error.self) { try dataset.write(["a\0b"]) }
  }

  @Test func unwrittenVariableStringsAreEmpty() throws {
    let file = try File.create(folder("a.h5"))
    #expect(try file.createStringDataset("s", shape: [3]).read() == ["", "", ""])
  }
}
