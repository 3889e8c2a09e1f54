import Foundation
import HDF5

/// Shards for `digits-cnn`, good and bad.
enum BadShards {
  /// Writes a shard of images, changed before.
  static func write(
    _ path: String, shape: [Int] = [1, 8, 8], count: Int = 8,
    change: (_ features: inout [Float], _ labels: inout [Int32]) -> Void = { _, _ in }
  ) throws -> String {
    let size = shape.reduce(1, *)
    var features = (0..<count * size).map { Float($0 % 17) / 16 }
    var labels = (0..<count).map { Int32($0 % 10) }
    change(&features, &labels)
    let file = try File.create(path)
    try file.createDataset(
      "features", shape: [count] + shape, of: Float.self, chunks: count < 4 ? nil : [4] + shape,
      filters: count < 4 ? [] : [.fletcher32]
    ).write(features)
    try file.createDataset("labels", shape: [count], of: Int32.self).write(labels)
    try file.attributes.set("formatVersion", 1)
    try file.attributes.set("name", "bad")
    try file.attributes.set("classes", (0..<10).map { "\($0)" })
    try file.close()
    return path
  }

  /// Flips bits in the middle of a shard's features, which its checksums notice.
  static func damage(_ path: String) throws {
    let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
    defer { try? handle.close() }
    let values = [UInt8](repeating: 0xA5, count: 16)
    try handle.seek(toOffset: try handle.seekToEnd() / 2)
    try handle.write(contentsOf: Data(values))
  }
}
