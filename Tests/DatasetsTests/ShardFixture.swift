import Foundation
import HDF5

/// A folder that goes with the value that made it, with a way to put shards into it.
final class ShardFolder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "trireme-datasets-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a shard; `nil` leaves a part out. Feature (i, j) of sample i is `first + i + j / 100`
  /// unless given.
  @discardableResult
  func write<Feature: HDF5Scalar, Label: HDF5Scalar>(
    _ name: String, shape: [Int], features: [Feature]?, labels: [Label]?, labelShape: [Int]? = nil,
    classes: [String]? = ["a", "b", "c"], normalization: [[Float]]? = nil, version: Int? = 1,
    chunk: Int = 4
  ) throws -> String {
    let file = try File.create(self(name), mode: .truncate)
    if let features {
      let rows = max(1, min(chunk, shape[0]))
      let dataset = try file.createDataset(
        "features", shape: shape, of: Feature.self,
        chunks: shape[0] == 0 ? nil : [rows] + shape[1...],
        filters: shape[0] == 0 ? [] : [.fletcher32])
      try dataset.write(features)
    }
    if let labels {
      try file.createDataset("labels", shape: labelShape ?? [labels.count], of: Label.self).write(
        labels)
    }
    if let version { try file.attributes.set("formatVersion", version) }
    try file.attributes.set("name", "fixture")
    if let classes { try file.attributes.set("classes", classes) }
    if let normalization {
      try file.attributes.set(
        "normalization", normalization.flatMap(\.self),
        shape: [normalization.count, normalization[0].count])
    }
    try file.close()
    return self(name)
  }

  /// Writes shards of 2-feature samples: sample i of the split is [i, i + 0.5], its label i mod 3.
  func writeSplit(_ counts: [Int], normalization: [[Float]]? = nil) throws -> [String] {
    var start = 0
    return try counts.enumerated().map { shard, count in
      defer { start += count }
      let samples = start..<(start + count)
      return try write(
        "train-\(shard).h5", shape: [count, 2],
        features: samples.flatMap { [Float($0), Float($0) + 0.5] },
        labels: samples.map { Int32($0 % 3) }, normalization: normalization)
    }
  }
}

/// The embedded data set `name`.
func embedded(_ name: String) -> String {
  URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Data/\(name)").path
}
