import Datasets
import HDF5
import Testing

@Suite struct EmbeddedDataTests {
  func split(_ name: String, _ pattern: String) throws -> ShardedDataset {
    try ShardedDataset(
      paths: ShardPaths.expand([pattern], relativeTo: embedded(name)), verification: .everything)
  }

  @Test func digitsAreWholeAndStratified() throws {
    let train = try split("digits", "train-*.h5")
    let test = try split("digits", "test.h5")
    #expect(train.shards.map(\.count) == [420, 384, 333, 300])
    #expect(test.count == 360)
    #expect(train.featureShape == [1, 8, 8])
    #expect(train.shards[0].featureType == .uint8)
    #expect(train.classNames == (0..<10).map { "\($0)" })
    #expect(train.shards[0].filters == [.fletcher32])
    let counts = try DatasetSummary(test).classCounts
    #expect(counts.allSatisfy { (35...37).contains($0) })
  }

  @Test func irisIsWholeAndStratified() throws {
    let train = try split("iris", "train-*.h5")
    let test = try split("iris", "test.h5")
    #expect(train.count == 120)
    #expect(train.shards.count == 4)
    #expect(try DatasetSummary(test).classCounts == [10, 10, 10])
    #expect(train.classNames == ["setosa", "versicolor", "virginica"])
  }

  @Test(arguments: ["digits", "iris"])
  func normalisationIsThatOfTheTrainSplit(name: String) throws {
    let train = try split(name, "train-*.h5")
    let summary = try DatasetSummary(train)
    let normalization = try #require(train.normalization)
    for channel in summary.mean.indices {
      #expect(abs(summary.mean[channel] - Double(normalization.mean[channel])) < 1e-5)
      #expect(abs(summary.deviation[channel] - Double(normalization.deviation[channel])) < 1e-5)
    }
  }

  @Test func trainAndTestShareNoSample() throws {
    let train = try split("digits", "train-*.h5")
    let test = try split("digits", "test.h5")
    let rows = try [train, test].flatMap { split in
      let features = try split.read(Array(0..<split.count)).features
      return (0..<split.count).map { Array(features[64 * $0..<64 * ($0 + 1)]) }
    }
    #expect(Set(rows).count == 1797)
  }
}
