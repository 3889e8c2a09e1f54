import HDF5
import Testing

@Suite struct HyperslabTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// 4 x 6, element (r, c) is 10 r + c.
  func table() throws -> Dataset<Int32> {
    let dataset = try File.create(folder("t.h5"), mode: .truncate).createDataset(
      "t", shape: [4, 6], of: Int32.self)
    try dataset.write((0..<4).flatMap { row in (0..<6).map { Int32(10 * row + $0) } })
    return dataset
  }

  @Test func everyFormOfSubscriptSelectsItsPositions() throws {
    let table = try table()
    #expect(try table[1, 2].read() == [12])
    #expect(try table[1, .all].read() == [10, 11, 12, 13, 14, 15])
    #expect(try table[.all, 5].read() == [5, 15, 25, 35])
    #expect(try table[1..<3, 0..<2].read() == [10, 11, 20, 21])
    #expect(try table[1...2, 4...5].read() == [14, 15, 24, 25])
    #expect(try table[3..., ..<2].read() == [30, 31])
    #expect(try table[...0, 4...].read() == [4, 5])
    #expect(
      try table[stride(from: 0, to: 4, by: 2), stride(from: 1, through: 5, by: 4)].read() == [
        1, 5, 21, 25,
      ])
  }

  @Test func integerSubscriptsDropTheirAxis() throws {
    let table = try table()
    #expect(try table[1..<3, .all].shape == [2, 6])
    #expect(try table[1, .all].shape == [6])
    #expect(try table[1, 1].shape == [])
    #expect(try table[1..<2, 1].shape == [1])
  }

  @Test func writingAPartLeavesTheRest() throws {
    let table = try table()
    try table[stride(from: 1, to: 4, by: 2), 0..<2].write([-1, -2, -3, -4])
    #expect(try table[.all, 0..<3].read() == [0, 1, 2, -1, -2, 12, 20, 21, 22, -3, -4, 32])
  }

  @Test func emptySelectionsMoveNothing() throws {
    let table = try table()
    #expect(try table[2..<2, .all].read() == [])
    #expect(try table[4..., .all].read() == [])
    try table[0..<0, .all].write([])
  }

  @Test func selectionsOutsideAreRefused() throws {
    let table = try table()
    #expect(throws: HDF5Error.self) { try table[4, .all].read() }
    #expect(throws: HDF5Error.self) { try table[-1, .all].read() }
    #expect(throws: HDF5Error.self) { try table[0..<5, .all].read() }
    #expect(throws: HDF5Error.self) { try table[5..., .all].read() }
    #expect(throws: HDF5Error.self) { try table[stride(from: 3, to: 0, by: -1), 0].read() }
    #expect(throws: HDF5Error.self) { try table[0...Int.max, 0].read() }
  }

  @Test func errorNamesAxisAndShape() throws {
    let table = try table()
    let error = #expect(throws: HDF5Error.self) { try table[0, 6..<7].read() }
    #expect(error?.reason?.contains("axis 1 of shape [4, 6]") == true)
  }

  @Test func wrongNumberOfSubscriptsIsRefused() throws {
    let table = try table()
    #expect(throws: HDF5Error.self) { try table[0].read() }
    #expect(throws: HDF5Error.self) { try table[0, 0, 0].read() }
  }

  @Test func wrongCountsAreRefused() throws {
    let table = try table()
    #expect(throws: HDF5Error.self) { try table[0..<2, .all].write([1, 2, 3]) }
    var target: [Int32] = [0]
    #expect(throws: HDF5Error.self) { try table[0..<2, .all].read(into: &target) }
  }

  @Test func rowsSelectAlongTheFirstAxis() throws {
    let table = try table()
    #expect(try table.rows(2..<4).read() == Array(20...25) + Array(30...35))
    #expect(try table.select([.index(0), .range(lower: 1, upper: 3)]).read() == [1, 2])
  }

  @Test func partsOfACompressedSetReadAlike() throws {
    let file = try File.create(folder("c.h5"))
    let dataset = try file.createDataset(
      "x", shape: [100, 7], of: Float.self, chunks: [9, 7], filters: [.shuffle, .deflate(1)])
    try dataset.write((0..<700).map(Float.init))
    #expect(try dataset[8..<10, .all].read() == (56..<70).map(Float.init))
  }
}
