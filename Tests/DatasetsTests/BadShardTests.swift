import Datasets
import Foundation
import HDF5
import Testing

@Suite struct BadShardTests {
  let folder: ShardFolder

  init() throws { folder = try ShardFolder() }

  func error(_ paths: String..., verifying: ShardedDataset.Verification = .labels) -> DatasetError?
  {
    do throws(DatasetError) {
      _ = try ShardedDataset(paths: paths, verification: verifying)
      return nil
    } catch {
      return error
    }
  }

  func good() throws -> String {
    try folder.write(
      "good.h5", shape: [2, 2], features: [1, 2, 3, 4] as [Float], labels: [0, 1] as [Int32])
  }

  @Test func missingFileIsNamed() throws {
    let words = try #require(error(good(), folder("none.h5"))).description
    #expect(words.hasPrefix("\(folder("none.h5")): No such file"))
  }

  @Test func truncatedFileIsNamed() throws {
    let path = try folder.writeSplit([5_000])[0]
    let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
    try handle.truncate(atOffset: 3_000)
    try handle.close()
    let words = try #require(error(path)).description
    #expect(words.contains(path) && words.contains("truncated"))
  }

  @Test func damagedChunkIsFoundWhenEverythingIsVerified() throws {
    let path = try folder.write(
      "t.h5", shape: [4, 64], features: [UInt8](repeating: 0xA7, count: 256),
      labels: [0, 1, 2, 0] as [Int32])
    var data = try Data(contentsOf: URL(fileURLWithPath: path))
    let place = try #require(data.range(of: Data(repeating: 0xA7, count: 256)))
    data[place.lowerBound + 70] ^= 4
    try data.write(to: URL(fileURLWithPath: path))
    #expect(error(path) == nil)
    let words = try #require(error(path, verifying: .everything)).description
    #expect(words.contains("\(path):/features") && words.contains("checksum"))
  }

  @Test func fileWithoutFeaturesOrLabelsIsNamed() throws {
    let bare = try folder.write(
      "bare.h5", shape: [2, 2], features: nil as [Float]?, labels: [0, 1] as [Int32])
    #expect(error(bare) == .missingDataset(file: bare, dataset: "/features"))
    let unlabelled = try folder.write(
      "unlabelled.h5", shape: [2, 2], features: [1, 2, 3, 4] as [Float], labels: nil as [Int32]?)
    #expect(error(unlabelled) == .missingDataset(file: unlabelled, dataset: "/labels"))
  }

  @Test func emptyShardIsNamed() throws {
    let path = try folder.write(
      "t.h5", shape: [0, 2], features: [] as [Float], labels: [] as [Int32])
    #expect(error(path) == .empty(file: path))
  }

  @Test func anotherShapeNamesBothShapes() throws {
    let path = try folder.write(
      "t.h5", shape: [2, 3], features: [1, 2, 3, 4, 5, 6] as [Float], labels: [0, 1] as [Int32])
    let words = try #require(error(good(), path)).description
    #expect(words.contains(path) && words.contains("[3]") && words.contains("[2]"))
  }

  @Test func anotherTypeNamesBothTypes() throws {
    let path = try folder.write(
      "t.h5", shape: [2, 2], features: [1, 2, 3, 4] as [UInt8], labels: [0, 1] as [Int32])
    let words = try #require(error(good(), path)).description
    #expect(words.contains("uint8") && words.contains("float32"))
  }

  @Test func otherNumberOfLabelsIsNamed() throws {
    let path = try folder.write(
      "t.h5", shape: [2, 2], features: [1, 2, 3, 4] as [Float], labels: [0, 1, 2] as [Int32])
    #expect(error(path) == .countMismatch(file: path, features: [2, 2], labels: [3]))
  }

  @Test(arguments: [3, -1, 1 << 40]) func labelOutOfRangeNamesItsSample(label: Int) throws {
    let path = try folder.write(
      "t.h5", shape: [3, 1], features: [1, 2, 3] as [Float], labels: [0, 1, label])
    #expect(
      try error(path)
        == .labelOutOfRange(file: path, index: 2, label: label, classes: 3))
  }

  @Test func labelOutOfRangeIsFoundWhenReadWithoutVerification() throws {
    let path = try folder.write(
      "t.h5", shape: [3, 1], features: [1, 2, 3] as [Float], labels: [0, 1, 7])
    let dataset = try ShardedDataset(paths: [path], verification: .layout)
    #expect(throws: DatasetError.labelOutOfRange(file: path, index: 2, label: 7, classes: 3)) {
      try dataset.read([0])
    }
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity], [1 << 30, 0])
  func featureThatIsNotFiniteNamesItsSample(value: Float, cacheBytes: Int) throws {
    let path = try folder.write(
      "t.h5", shape: [3, 2], features: [1, 2, 3, value, 5, 6], labels: [0, 1, 2] as [Int32])
    let dataset = try ShardedDataset(paths: [good(), path], cacheBytes: cacheBytes)
    #expect(try dataset.read([0, 1, 2, 4]).features.count == 8)
    #expect(throws: DatasetError.notFinite(file: path, dataset: "/features", index: 1)) {
      try dataset.read([3])
    }
  }

  @Test func targetThatIsNotFiniteNamesItsSample() throws {
    let path = try folder.write(
      "t.h5", shape: [3, 1], features: [1, 2, 3] as [Float], labels: [0, 1, .nan] as [Float],
      classes: nil)
    #expect(error(path) == .notFinite(file: path, dataset: "/labels", index: 2))
  }

  @Test func newerFormatIsRefused() throws {
    let path = try folder.write(
      "t.h5", shape: [1, 1], features: [1] as [Float], labels: [0] as [Int32], version: 2)
    #expect(try #require(error(path)).description.contains("formatVersion is 2"))
  }

  @Test func otherClassesAreRefused() throws {
    let path = try folder.write(
      "t.h5", shape: [2, 2], features: [1, 2, 3, 4] as [Float], labels: [0, 1] as [Int32],
      classes: ["a", "c", "b"])
    #expect(try #require(error(good(), path)).description.contains("attribute classes"))
  }

  @Test(arguments: [[[1, 2, 3], [1, 1, 1]], [[1, 2], [1, 0]], [[1, 2]]] as [[[Float]]])
  func badNormalisationIsRefused(normalization: [[Float]]) throws {
    let path = try folder.write(
      "t.h5", shape: [2, 2], features: [1, 2, 3, 4] as [Float], labels: [0, 1] as [Int32],
      normalization: normalization)
    #expect(try #require(error(path)).description.contains("normalization"))
  }

  @Test func textAsFeaturesIsRefused() throws {
    let file = try File.create(folder("t.h5"))
    try file.createStringDataset("features", shape: [1]).write(["x"])
    try file.createDataset("labels", shape: [1], of: Int32.self)
    try file.close()
    #expect(try #require(error(folder("t.h5"))).description.contains("string"))
  }

  @Test func noPathIsNoData() {
    #expect(error() == .noMatch(pattern: "(no path was given)"))
  }
}
