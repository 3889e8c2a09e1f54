import HDF5
import Importers
import Testing

@Suite struct TableSourceTests {
  let folder: ImportFolder

  init() throws { folder = try ImportFolder() }

  private func table(
    _ text: String, _ change: (inout CSVSource.Options) -> Void = { _ in }
  ) throws -> any SourceSamples {
    var options = CSVSource.Options()
    change(&options)
    let path = try folder.write(text, as: "table.csv")
    return try CSVSource.splits(train: path, test: nil, name: "table", options: options)[0].samples
  }

  @Test func wholeNumbersKeepTheSmallestType() throws {
    let samples = try table("a,b,y\n1,300,0\n2,5,1\n")
    #expect(samples.layout.featureType == .uint16)
    #expect(samples.layout.columnNames == ["a", "b"])
    #expect(samples.layout.classNames == ["0", "1"])
    #expect(try sample(samples, 0).features == [1, 300])
  }

  @Test func wordsBecomeLevelsAndClasses() throws {
    let samples = try table("age;\"home; town\";y\n31;Athens;yes\n42;\"New \"\"York\"\"\";no\n") {
      $0.delimiter = ";"
    }
    #expect(
      samples.layout.columnNames == ["age", "home; town=Athens", "home; town=New \"York\""])
    #expect(samples.layout.classNames == ["no", "yes"])
    #expect(try sample(samples, 0).features == [31, 1, 0])
    #expect(try sample(samples, 1).features == [42, 0, 1])
    #expect(try sample(samples, 1).label == 0)
  }

  @Test func missingValuesAreDroppedFilledOrRefused() throws {
    let text = "1.5,x,10\n?,y,20\n2.5,?,31.5\n"
    #expect(
      refusal { _ = try table(text) }.hasSuffix(
        "line 2, column 0: is missing; choose --missing drop or mean"))
    let dropped = try table(text) { $0.missing = .drop }
    #expect(dropped.count == 1)
    let filled = try table(text) { $0.missing = .mean }
    #expect(filled.layout.labelType == .float32)
    #expect(try sample(filled, 1).features == [2, 0, 1])
    #expect(try sample(filled, 2).features == [2.5, 0, 0])
    #expect(try sample(filled, 2).label == 31.5)
  }

  @Test(arguments: [
    ("1,2\n3\n", "line 2: has 1 fields, those above have 2"),
    ("a,b\n", "holds a header only"), ("", "holds no records"),
    ("1,\"2\n", "line 1: has a quote that is never closed"),
  ]) func brokenTablesAreNamed(text: String, problem: String) {
    #expect(refusal { _ = try table(text) }.hasSuffix(problem))
  }

  @Test func wholeNumbersOfTheTrainTableTakeMeansInTheTestTable() throws {
    var options = CSVSource.Options()
    options.missing = .mean
    let train = try folder.write("a,y\n1,0\n2,1\n", as: "train.csv")
    let test = try folder.write("a,y\n?,0\n", as: "test.csv")
    let splits = try CSVSource.splits(train: train, test: test, name: "table", options: options)
    #expect(try sample(splits[1].samples, 0).features == [1.5])
  }

  @Test func headerLineOfUnusualSpaceIsSkipped() throws {
    let path = try folder.write(
      "\u{a0}\n@classLabel true a b\n@data\n1,2:a\n", as: "space.ts")
    let splits = try TimeSeriesSource.splits(train: path, test: nil, missing: .mean)
    #expect(splits[0].samples.count == 1)
  }

  @Test func compressedArchivesOfNumPyAreRead() throws {
    // x = arange(12, int32) as 2 x 2 x 3, y = [1, 0] as uint8; numpy.savez_compressed.
    let path = try folder.write(
      base64:
        "UEsDBC0AAAAIAAAAIQCIimdA//////////8FABQAeC5ucHkBABAAsAAAAAAAAABlAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TaaKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6CkBkrKmjUKtAHuBiAAJGIGYCYmYgZgFiViBmA2J2IOYAYk4gBinkBmIAUEsDBC0AAAAIAAAAIQBOY2ux//////////8FABQAeS5ucHkBABAAggAAAAAAAABGAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loF5Taqiuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6mjoKtQoUAC5GBgBQSwECLQMtAAAACAAAACEAiIpnQGUAAACwAAAABQAAAAAAAAAAAAAAgAEAAAAAeC5ucHlQSwECLQMtAAAACAAAACEATmNrsUYAAACCAAAABQAAAAAAAAAAAAAAgAGcAAAAeS5ucHlQSwUGAAAAAAIAAgBmAAAAGQEAAAAA",
      as: "a.npz")
    let samples = try NumPySource.samples(
      archive: path, NumPySource.Names(features: "x", labels: "y"), name: "a", classNames: nil)
    #expect(samples.layout.featureType == .int32)
    #expect(try sample(samples, 1).features == [6, 7, 8, 9, 10, 11])
    #expect(try sample(samples, 0).label == 1)
    #expect(
      refusal {
        _ = try NumPySource.samples(
          archive: path, NumPySource.Names(features: "z", labels: nil), name: "a", classNames: nil)
      }.hasSuffix("has no array z; there are x, y"))
  }

  @Test func fortranOrderAndBigEndianAreTurned() throws {
    // The same numbers as >f4 in Fortran order.
    let path = try folder.write(
      base64:
        "k05VTVBZAQB2AHsnZGVzY3InOiAnPmY0JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMiwgMyksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAQMAAAEBAAABBEAAAP4AAAEDgAABAgAAAQSAAAEAAAABBAAAAQKAAAEEwAAA=",
      as: "x.npy")
    let samples = try NumPySource.samples(
      archive: nil, NumPySource.Names(features: path, labels: nil), name: "x", classNames: nil)
    #expect(samples.layout.featureType == .float32)
    #expect(try sample(samples, 0).features == [0, 1, 2, 3, 4, 5])
    #expect(try sample(samples, 1).features == [6, 7, 8, 9, 10, 11])
  }

  @Test func anyDatasetOfHDF5IsASource() throws {
    let file = try File.create(folder("any.h5"))
    try file.createDataset("in/x", shape: [3, 2], of: Int32.self).write([1, 2, 3, 4, 5, 6])
    try file.createDataset("out", shape: [3, 1], of: UInt8.self).write([2, 0, 1])
    try file.close()
    let samples = try HDF5Source(
      path: folder("any.h5"), features: "in/x", labels: "out", name: "any", classNames: nil)
    #expect(samples.layout.labelShape == [])
    #expect(samples.layout.classNames == ["0", "1", "2"])
    #expect(try sample(samples, 2).features == [5, 6])
    #expect(try sample(samples, 0).label == 2)
  }

  @Test func timeSeriesArePaddedAndKnowTheirLength() throws {
    let path = try folder.write(
      """
      # a comment
      @problemName Waves
      @timeStamps false
      @classLabel true low high
      @data
      1,2,3:4,5,6:low
      7,8:9,?:high
      """, as: "waves.ts")
    let samples = try TimeSeriesSource.splits(train: path, test: nil, missing: .mean)[0].samples
    #expect(samples.layout.featureShape == [2, 3])
    #expect(samples.layout.hasLengths)
    #expect(try sample(samples, 0).features == [1, 2, 3, 4, 5, 6])
    #expect(try sample(samples, 1).features == [7, 8, 0, 9, 9, 0])
    #expect(try sample(samples, 1).label == 1)
    #expect(try samples.length(of: 1) == 2)
  }
}
