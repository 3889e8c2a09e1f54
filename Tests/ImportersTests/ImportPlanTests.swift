import Datasets
import HDF5
import Importers
import Testing

@Suite struct ImportPlanTests {
  let folder: ImportFolder

  init() throws { folder = try ImportFolder() }

  private func plan(
    _ kind: SyntheticSamples.Kind = .blobs, count: Int = 200,
    _ change: (inout ImportPlan.Settings) -> Void
  ) throws -> ImportPlan {
    var settings = ImportPlan.Settings()
    change(&settings)
    let samples = SyntheticSamples(kind, count: count, shape: [2], classes: 4, seed: 1)
    return try ImportPlan([ImportedSplit("train", samples)], settings)
  }

  private func numbers(_ plan: ImportPlan) -> [[Int]] {
    plan.files.map { file in (0..<file.list.count).map { file.list[$0] } }
  }

  @Test(arguments: [false, true], [false, true])
  func everySampleIsInOneFile(isShuffled: Bool, isStratified: Bool) throws {
    let plan = try plan {
      ($0.shards, $0.testShare, $0.isShuffled, $0.isStratified) = (3, 0.2, isShuffled, isStratified)
    }
    #expect(plan.files.map(\.name) == ["train-00.h5", "train-01.h5", "train-02.h5", "test.h5"])
    #expect(numbers(plan).map(\.count) == [54, 53, 53, 40])
    #expect(numbers(plan).flatMap(\.self).sorted() == Array(0..<200))
  }

  @Test func namesOfShardsSortAsTheirNumbers() {
    for shards in [1, 100, 101, 1_001] {
      let names = (0..<shards).map { ImportPlan.shardName($0, of: shards) }
      #expect(names == names.sorted())
    }
  }

  @Test func stratifiedFilesHaveTheirShareOfEachClass() throws {
    let plan = try plan { ($0.shards, $0.testShare, $0.isStratified) = (4, 0.2, true) }
    for samples in numbers(plan) {
      for label in 0..<4 {
        #expect(abs(samples.count { $0 % 4 == label } - samples.count / 4) <= 1)
      }
    }
  }

  @Test func withoutShufflingFilesAreStretchesOfTheSource() throws {
    let plan = try plan(count: 10) { ($0.shards, $0.isShuffled) = (2, false) }
    #expect(numbers(plan) == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]])
  }

  @Test func seedsGiveOtherOrders() throws {
    #expect(numbers(try plan { $0.seed = 1 }) == numbers(try plan { $0.seed = 1 }))
    #expect(numbers(try plan { $0.seed = 1 }) != numbers(try plan { $0.seed = 2 }))
  }

  @Test func tooManyShardsAreRefused() {
    #expect(refusal { _ = try plan(count: 3) { $0.shards = 4 } }.hasSuffix("too few for 4 shards"))
  }

  @Test(arguments: [nil, 4]) func shardsAreReadAsTheyWereMade(compression: Int?) throws {
    let plan = try plan { ($0.shards, $0.compression, $0.chunkRows) = (3, compression, 7) }
    let moments = Moments(of: plan.source, plan.train)
    let normalization = moments.normalization(
      try (0..<moments.blockCount).flatMap { try moments.numbers(ofBlock: $0) })
    let paths = try folder.shards(plan, normalization: normalization)
    let dataset = try ShardedDataset(paths: paths, verification: .everything)
    #expect(dataset.count == 200)
    #expect(dataset.classNames == ["0", "1", "2", "3"])
    let order = numbers(plan).flatMap(\.self)
    let read = try dataset.read(Array(0..<200))
    #expect(read.classes == order.map { Int32($0 % 4) })
    // Normalised features have mean 0 and deviation 1.
    for column in 0..<2 {
      let values = (0..<200).map { Double(read.features[2 * $0 + column]) }
      let mean = values.reduce(0, +) / 200
      #expect(abs(mean) < 1e-6)
      #expect(abs(values.reduce(0) { $0 + $1 * $1 } / 200 - 1) < 1e-5)
    }
  }

  @Test func shardsCanBeCutAnew() throws {
    let paths = try folder.shards(try plan { ($0.shards, $0.isShuffled) = (3, false) })
    var settings = ImportPlan.Settings()
    (settings.shards, settings.isShuffled) = (5, false)
    let other = try ImportFolder()
    let again = try other.shards(
      try ImportPlan([ImportedSplit("train", try ShardSamples(paths: paths))], settings))
    let all = Array(0..<200)
    #expect(
      try ShardedDataset(paths: again).read(all).features
        == ShardedDataset(paths: paths).read(all).features)
  }

  @Test func lengthsAndVocabulariesStayWithShards() throws {
    try folder.write("Ann\nBo\nCy\n", as: "first.txt")
    let names = try NamesSource.samples([folder("first.txt")], name: "names")
    var settings = ImportPlan.Settings()
    settings.isShuffled = false
    let paths = try folder.shards(try ImportPlan([ImportedSplit("train", names)], settings))
    let samples = try ShardSamples(paths: paths)
    #expect(samples.layout.vocabulary == names.layout.vocabulary)
    #expect(try (0..<3).map { try samples.length(of: $0) } == [3, 2, 2])
  }

  @Test func deviationOfAConstantIsOne() throws {
    try folder.write("5,1\n5,2\n5,4.5\n", as: "t.csv")
    var options = CSVSource.Options()
    options.target = nil
    let samples = try CSVSource.splits(
      train: folder("t.csv"), test: nil, name: "t", options: options)[0].samples
    let moments = Moments(of: samples, .range(0..<3))
    let normalization = try #require(moments.normalization(try moments.numbers(ofBlock: 0)))
    #expect(normalization.mean == [5, 2.5])
    #expect(normalization.deviation[0] == 1)
    #expect(abs(normalization.deviation[1] - 1.4719601) < 1e-6)
  }
}
