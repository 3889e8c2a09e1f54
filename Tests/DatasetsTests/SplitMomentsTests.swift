import Datasets
import HDF5
import Testing

@Suite struct SplitMomentsTests {
  @Test func channelsAndFeaturesHaveTheirMoments() throws {
    let folder = try ShardFolder()
    // 2 channels of 2: sample i is i, 3 i; 100, 101.
    let path = try folder.write(
      "m.h5", shape: [41, 2, 2],
      features: (0..<41).flatMap { [Float($0), Float(3 * $0), 100, 101] },
      labels: [Int32](repeating: 0, count: 41))
    func normalization(_ grain: SplitMoments.Grain) throws -> Normalization {
      let moments = SplitMoments(try ShardedDataset(paths: [path]), grain)
      let numbers = try (0..<SplitMoments.partCount).flatMap { try moments.numbers(ofPart: $0) }
      return try #require(moments.normalization(numbers))
    }
    // 0...40 has mean 20 and variance (41^2 - 1) / 12 = 140.
    let features = try normalization(.features)
    #expect(features.mean == [20, 60, 100, 101])
    #expect(features.deviation == [Float(140).squareRoot(), 3 * Float(140).squareRoot(), 1, 1])
    // Both together: mean 40, variance (140 + 9 * 140) / 2 + 20^2 = 1100.
    let channels = try normalization(.channels)
    #expect(channels.mean == [40, 100.5])
    #expect(channels.deviation == [Float(1100).squareRoot(), 0.5])
    let dataset = try ShardedDataset(paths: [path])
    dataset.normalize(by: features)
    #expect(try dataset.read([20]).features == [0, 0, 0, 0])
  }
}
