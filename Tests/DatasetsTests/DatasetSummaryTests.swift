import Datasets
import Testing

@Suite struct DatasetSummaryTests {
  let folder: ShardFolder

  init() throws { folder = try ShardFolder() }

  @Test func countsAndMomentsAreThoseOfTheFiles() throws {
    let dataset = try ShardedDataset(
      paths: folder.writeSplit([3, 2], normalization: [[1, 1], [2, 2]]))
    let summary = try DatasetSummary(dataset)
    #expect(summary.classCounts == [2, 2, 1])
    #expect(summary.shards.map(\.classCounts) == [[1, 1, 1], [1, 1, 0]])
    #expect(summary.shards.map(\.minimum) == [0, 3])
    #expect(summary.shards.map(\.maximum) == [2.5, 4.5])
    #expect(summary.mean == [2, 2.5])
    #expect(summary.deviation.allSatisfy { abs($0 - 2.0.squareRoot()) < 1e-12 })
  }

  @Test func samplesThatAreNotFiniteAreCounted() throws {
    let path = try folder.write(
      "t.h5", shape: [3, 1], features: [1, .nan, 3] as [Float], labels: [0, 1, 2] as [Int32])
    let summary = try DatasetSummary(ShardedDataset(paths: [path]))
    #expect(summary.shards[0].notFinite == 1)
    #expect(summary.mean == [2])
    #expect(summary.description.contains("1 SAMPLES NOT FINITE"))
  }

  @Test func descriptionSaysWhatThereIs() throws {
    let text = try DatasetSummary(ShardedDataset(paths: folder.writeSplit([3, 2]))).description
    #expect(text.contains("5 in 2 shards"))
    #expect(text.contains("float32 2"))
    #expect(text.contains("3 classes"))
    #expect(text.contains("train-1.h5: 2 samples, 3.0 ... 4.5, classes [1, 1, 0]"))
  }
}
