import Datasets
import HDF5
import Testing

@Suite struct ShardedDatasetTests {
  let folder: ShardFolder

  init() throws { folder = try ShardFolder() }

  @Test func shardsOfUnequalLengthCountAsOne() throws {
    let dataset = try ShardedDataset(paths: folder.writeSplit([7, 1, 12]))
    #expect(dataset.count == 20)
    #expect(dataset.starts == [0, 7, 8])
    #expect(dataset.featureShape == [2])
    #expect(dataset.labelKind == .classes(3))
    #expect(dataset.classNames == ["a", "b", "c"])
    #expect(dataset.name == "fixture")
  }

  @Test(arguments: [1 << 30, 0])
  func samplesComeInTheOrderAskedFor(cacheBytes: Int) throws {
    let dataset = try ShardedDataset(paths: folder.writeSplit([7, 1, 12]), cacheBytes: cacheBytes)
    let order = [19, 0, 6, 7, 8, 0, 13, 14, 12]
    let (features, classes, _) = try dataset.read(order)
    #expect(features == order.flatMap { [Float($0), Float($0) + 0.5] })
    #expect(classes == order.map { Int32($0 % 3) })
  }

  @Test func cacheAndFilesGiveTheSameBits() throws {
    let paths = try folder.writeSplit([30, 50], normalization: [[1.5, 3], [0.3, 0.7]])
    let order = (0..<80).map { ($0 * 37) % 80 }
    let cached = try ShardedDataset(paths: paths).read(order)
    let streamed = try ShardedDataset(paths: paths, cacheBytes: 0).read(order)
    #expect(cached.features.map(\.bitPattern) == streamed.features.map(\.bitPattern))
    #expect(cached.classes == streamed.classes)
  }

  @Test func featuresAreNormalisedByChannel() throws {
    let dataset = try ShardedDataset(
      paths: folder.writeSplit([4], normalization: [[1, 2], [2, 4]]))
    let (features, _, _) = try dataset.read([3])
    // (3 - 1) / 2 and (3.5 - 2) / 4
    #expect(features == [1, 0.375])
  }

  @Test func givenNormalisationReplacesThatOfTheFiles() throws {
    let dataset = try ShardedDataset(
      paths: folder.writeSplit([4], normalization: [[1, 2], [2, 4]]),
      normalization: Normalization(mean: [0], deviation: [2]))
    #expect(try dataset.read([3]).features == [1.5, 1.75])
  }

  @Test func everyStoredTypeIsRead() throws {
    func check<Element: HDF5Scalar & Numeric>(_: Element.Type) throws {
      let path = try folder.write(
        "\(Element.self).h5", shape: [2, 3], features: [1, 2, 3, 4, 5, 100] as [Element],
        labels: [0, 1] as [Int64])
      #expect(try ShardedDataset(paths: [path]).read([1, 0]).features == [4, 5, 100, 1, 2, 3])
    }
    try check(Int8.self)
    try check(Int16.self)
    try check(Int32.self)
    try check(Int64.self)
    try check(UInt8.self)
    try check(UInt16.self)
    try check(UInt32.self)
    try check(UInt64.self)
    try check(Float.self)
    try check(Double.self)
  }

  @Test(arguments: [1 << 30, 0])
  func realLabelsAreTargets(cacheBytes: Int) throws {
    let path = try folder.write(
      "t.h5", shape: [3, 1], features: [1, 2, 3] as [Float],
      labels: [0.5, 1, 1.5, 2, 2.5, 3] as [Double], labelShape: [3, 2], classes: nil)
    let dataset = try ShardedDataset(paths: [path], cacheBytes: cacheBytes)
    #expect(dataset.labelKind == .targets)
    #expect(dataset.labelShape == [2])
    #expect(try dataset.read([2, 0]).targets == [2.5, 3, 0.5, 1])
  }

  @Test func classesAreCountedWhenTheFileDoesNotNameThem() throws {
    let path = try folder.write(
      "t.h5", shape: [3, 1], features: [1, 2, 3] as [Float], labels: [0, 4, 2] as [Int32],
      classes: nil)
    #expect(try ShardedDataset(paths: [path]).labelKind == .classes(5))
  }

  @Test func labelsMayBeMissingWhenNotNeeded() throws {
    let path = try folder.write(
      "t.h5", shape: [3, 1], features: [1, 2, 3] as [Float], labels: nil as [Int32]?)
    let dataset = try ShardedDataset(paths: [path], requiresLabels: false)
    #expect(dataset.labelKind == .none)
    #expect(try dataset.read([2]).features == [3])
  }

  @Test func sequencesOfClassesAreLabelsToo() throws {
    let path = try folder.write(
      "t.h5", shape: [2, 2], features: [1, 2, 3, 4] as [UInt8], labels: [0, 1, 2, 1] as [UInt8],
      labelShape: [2, 2])
    let dataset = try ShardedDataset(paths: [path])
    #expect(dataset.labelShape == [2])
    #expect(try dataset.read([1]).classes == [2, 1])
  }

  @Test func moreShardsThanOpenFilesAreRead() throws {
    let paths = try folder.writeSplit([Int](repeating: 1, count: 140))
    let dataset = try ShardedDataset(paths: paths, cacheBytes: 0)
    let order = Array(0..<140) + [0]
    #expect(try dataset.read(order).features.count == 282)
    #expect(try dataset.read([0]).features == [0, 0.5])
  }

  @Test func threadsReadAtOnce() async throws {
    let dataset = try ShardedDataset(paths: folder.writeSplit([40, 60]))
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for start in 0..<20 {
        group.addTask {
          let order = (0..<50).map { (start * 7 + $0 * 3) % 100 }
          return try dataset.read(order).classes == order.map { Int32($0 % 3) }
        }
      }
      for try await isRight in group { #expect(isRight) }
    }
  }
}
