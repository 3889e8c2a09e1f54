import HDF5
import Testing

@Suite struct DatasetTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  func roundTrip<Element: HDF5Scalar & Equatable>(_ values: [Element]) throws {
    let file = try File.create(folder("\(Element.self).h5"))
    let dataset = try file.createDataset("x", shape: [values.count], of: Element.self)
    try dataset.write(values)
    #expect(try dataset.read() == values)
    #expect(try dataset.untyped.scalarType == Element.scalarType)
  }

  @Test func everyElementTypeKeepsItsExtremes() throws {
    try roundTrip([Int8.min, 0, .max])
    try roundTrip([Int16.min, 0, .max])
    try roundTrip([Int32.min, 0, .max])
    try roundTrip([Int64.min, 0, .max])
    try roundTrip([Int.min, 0, .max])
    try roundTrip([UInt8.min, 1, .max])
    try roundTrip([UInt16.min, 1, .max])
    try roundTrip([UInt32.min, 1, .max])
    try roundTrip([UInt64.min, 1, .max])
    try roundTrip([UInt.min, 1, .max])
    try roundTrip([-Float.greatestFiniteMagnitude, .leastNonzeroMagnitude, .infinity])
    try roundTrip([-Double.greatestFiniteMagnitude, .leastNonzeroMagnitude, .infinity])
  }

  @Test func doublesReadAsFloatsConvert() throws {
    let file = try File.create(folder("a.h5"))
    try file.createDataset("x", shape: [2], of: Double.self).write([0.1, 2.5])
    #expect(try file.dataset("x", of: Float.self).read() == [0.1, 2.5])
  }

  @Test func integersReadAsFloatsConvert() throws {
    let file = try File.create(folder("a.h5"))
    try file.createDataset("x", shape: [2], of: UInt8.self).write([7, 255])
    #expect(try file.dataset("x", of: Float.self).read() == [7, 255])
  }

  @Test func integerThatDoesNotFitIsAnError() throws {
    let file = try File.create(folder("a.h5"))
    try file.createDataset("x", shape: [2], of: Int64.self).write([7, 1 << 40])
    #expect(throws: HDF5Error.self) { try file.dataset("x", of: Int32.self).read() }
    #expect(try file.dataset("x", of: Int32.self)[0..<1].read() == [7])
  }

  @Test func floatsDoNotOpenAsIntegers() throws {
    let file = try File.create(folder("a.h5"))
    try file.createDataset("x", shape: [1], of: Float.self)
    let error = #expect(throws: HDF5Error.self) { try file.dataset("x", of: Int32.self) }
    #expect(error?.description.contains("floating point") == true)
  }

  @Test func stringsDoNotOpenAsNumbers() throws {
    let file = try File.create(folder("a.h5"))
    try file.createStringDataset("x", shape: [1])
    let error = #expect(throws: HDF5Error.self) { try file.dataset("x", of: Float.self) }
    #expect(error?.path.hasSuffix("a.h5:/x") == true)
  }

  @Test func numbersDoNotOpenAsStrings() throws {
    let file = try File.create(folder("a.h5"))
    try file.createDataset("x", shape: [1], of: Float.self)
    #expect(throws: HDF5Error.self) { try file.stringDataset("x") }
  }

  @Test func missingDatasetNamesItsPath() throws {
    let file = try File.create(folder("a.h5"))
    let error = #expect(throws: HDF5Error.self) { try file.dataset("g/x", of: Float.self) }
    #expect(error?.path.hasSuffix("a.h5:/g/x") == true)
  }

  @Test(arguments: [0, 11, 13]) func bufferOfAnotherSizeIsRefused(count: Int) throws {
    let file = try File.create(folder("a.h5"))
    let dataset = try file.createDataset("x", shape: [3, 4], of: Float.self)
    #expect(throws: HDF5Error.self) { try dataset.write([Float](repeating: 0, count: count)) }
    var target = [Float](repeating: 0, count: count)
    #expect(throws: HDF5Error.self) { try dataset.read(into: &target) }
  }

  @Test func readsIntoAnExistingBuffer() throws {
    let file = try File.create(folder("a.h5"))
    let dataset = try file.createDataset("x", shape: [3], of: Float.self)
    try dataset.write([1, 2, 3])
    let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: 3)
    defer { buffer.deallocate() }
    try dataset.read(into: buffer)
    #expect(Array(buffer) == [1, 2, 3])
  }

  @Test func scalarHasNoAxesAndOneElement() throws {
    let file = try File.create(folder("a.h5"))
    let dataset = try file.createDataset("x", shape: [], of: Double.self)
    try dataset.write([2.5])
    #expect(try dataset.shape == [])
    #expect(try dataset.read() == [2.5])
  }

  @Test func emptyDatasetReadsAsNothing() throws {
    let file = try File.create(folder("a.h5"))
    let dataset = try file.createDataset("x", shape: [0, 5], of: Double.self, filters: [.shuffle])
    try dataset.write([])
    #expect(try dataset.read() == [])
  }

  @Test func resizedDatasetKeepsValuesAndGrowsWithZeros() throws {
    let file = try File.create(folder("a.h5"))
    let dataset = try file.createDataset(
      "x", shape: [2, 2], of: Int32.self, chunks: [4, 2], maximumShape: [nil, 2])
    try dataset.write([1, 2, 3, 4])
    try dataset.resize(to: [3, 2])
    #expect(try dataset.read() == [1, 2, 3, 4, 0, 0])
    try dataset.resize(to: [1, 2])
    #expect(try dataset.read() == [1, 2])
  }

  @Test func resizeBeyondTheMaximumIsRefused() throws {
    let file = try File.create(folder("a.h5"))
    let dataset = try file.createDataset(
      "x", shape: [2], of: Int32.self, chunks: [2], maximumShape: [4])
    let error = #expect(throws: HDF5Error.self) { try dataset.resize(to: [5]) }
    #expect(error?.reason?.contains("maximum") == true)
    #expect(throws: HDF5Error.self) { try dataset.resize(to: [2, 2]) }
  }

  @Test func impossibleShapesAreRefused() throws {
    let file = try File.create(folder("a.h5"))
    #expect(throws: HDF5Error.self) { try file.createDataset("a", shape: [-1], of: Float.self) }
    #expect(throws: HDF5Error.self) {
      try file.createDataset("b", shape: [Int.max, 2], of: Float.self)
    }
    #expect(throws: HDF5Error.self) {
      try file.createDataset("c", shape: [4], of: Float.self, chunks: [2, 2])
    }
    #expect(throws: HDF5Error.self) {
      try file.createDataset("d", shape: [4], of: Float.self, maximumShape: [3])
    }
  }

  @Test func descriptionTellsLayoutAndFilters() throws {
    let file = try File.create(folder("a.h5"))
    try file.createDataset(
      "x", shape: [10, 4], of: UInt16.self, chunks: [5, 4], maximumShape: [nil, 4],
      filters: [.shuffle, .deflate(6), .fletcher32])
    let dataset = try file.untypedDataset("x")
    #expect(dataset.shape == [10, 4])
    #expect(dataset.maximumShape == [nil, 4])
    #expect(dataset.chunks == [5, 4])
    #expect(dataset.filters == [.shuffle, .deflate(6), .fletcher32])
    #expect(dataset.elementClass == .integer(signed: false))
    #expect(dataset.elementByteCount == 2)
  }

  @Test func compressedDatasetTakesLessRoom() throws {
    let file = try File.create(folder("a.h5"))
    let dataset = try file.createDataset(
      "x", shape: [1_000, 100], of: Int32.self, filters: [.shuffle, .deflate(4)])
    try dataset.write([Int32](repeating: 9, count: 100_000))
    #expect(try dataset.untyped.storedByteCount < 40_000)
    #expect(try dataset.read().allSatisfy { $0 == 9 })
  }

  @Test func automaticChunksStayBelowTheirLimit() throws {
    let file = try File.create(folder("a.h5"))
    let dataset = try file.createDataset(
      "x", shape: [10_000, 3, 64, 64], of: Float.self, filters: [.fletcher32])
    let chunks = try #require(try dataset.untyped.chunks)
    #expect(chunks[1...] == [3, 64, 64])
    #expect(chunks.reduce(4, *) <= 4 << 20)
  }
}
