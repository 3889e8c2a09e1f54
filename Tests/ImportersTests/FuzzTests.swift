import Datasets
import Foundation
import HDF5
import Importers
import Testing

/// Damaged sources and shards: whatever the damage, there is an error or the samples are right, and never
/// a crash or a hang. `FUZZ_CASES` sets how many are tried of each kind.
@Suite struct FuzzTests {
  private static let cases =
    ProcessInfo.processInfo.environment["FUZZ_CASES"].flatMap { Int($0) } ?? 250

  let folder: ImportFolder

  init() throws { folder = try ImportFolder() }

  private struct Dice {
    var state: UInt64
    mutating func roll(_ limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % max(1, limit)
    }
  }

  /// Flips bytes, cuts, repeats, or declares huge sizes.
  private func damaged(_ bytes: [UInt8], _ dice: inout Dice) -> [UInt8] {
    var result = bytes
    switch dice.roll(6) {
    case 0: result.removeLast(1 + dice.roll(bytes.count))
    case 1: result.append(contentsOf: bytes.prefix(1 + dice.roll(64)))
    case 2:
      let start = dice.roll(min(bytes.count, 64))
      for place in start..<min(start + 4, bytes.count) { result[place] = 0xFF }
    case 3:
      let start = dice.roll(bytes.count)
      for place in start..<min(start + 1 + dice.roll(16), bytes.count) { result[place] = 0 }
    default:
      for _ in 0...dice.roll(4) { result[dice.roll(bytes.count)] ^= UInt8(1 + dice.roll(255)) }
    }
    return result
  }

  private func read(_ splits: [ImportedSplit]) throws {
    for split in splits {
      for index in 0..<min(50, split.samples.count) { _ = try sample(split.samples, index) }
    }
  }

  /// Whether `body` gives a result or refuses with an error that names a file.
  private func endsWell(_ body: () throws -> Void) -> Bool {
    do {
      try body()
      return true
    } catch let error {
      return (error is ImportError || error is DatasetError) && "\(error)".contains("/")
    }
  }

  @Test func damagedSourcesAreRefusedOrRead() throws {
    let record = (0..<3073).map { UInt8(truncatingIfNeeded: $0 * 7 % 10) }
    let png =
      "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAYAAABytg0kAAAAGUlEQVR4nGP4z8DAzvAfiBkY/rNzicixAwAkYQNWDE6XSgAAAABJRU5ErkJggg=="
    let npz =
      "UEsDBC0AAAAIAAAAIQCIimdA//////////8FABQAeC5ucHkBABAAsAAAAAAAAABlAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TaaKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6CkBkrKmjUKtAHuBiAAJGIGYCYmYgZgFiViBmA2J2IOYAYk4gBinkBmIAUEsDBC0AAAAIAAAAIQBOY2ux//////////8FABQAeS5ucHkBABAAggAAAAAAAABGAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loF5Taqiuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6mjoKtQoUAC5GBgBQSwECLQMtAAAACAAAACEAiIpnQGUAAACwAAAABQAAAAAAAAAAAAAAgAEAAAAAeC5ucHlQSwECLQMtAAAACAAAACEATmNrsUYAAACCAAAABQAAAAAAAAAAAAAAgAGcAAAAeS5ucHlQSwUGAAAAAAIAAgBmAAAAGQEAAAAA"
    let hdf5 = try File.create(folder("any.h5"))
    try hdf5.createDataset(
      "x", shape: [4, 2], of: Int32.self, chunks: [2, 2], filters: [.deflate(2)]
    )
    .write([1, 2, 3, 4, 5, 6, 7, 8])
    try hdf5.close()
    let sources: [(name: String, bytes: [UInt8], open: (String) throws -> [ImportedSplit])] = [
      (
        "set/train-images",
        [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3] + [UInt8](repeating: 9, count: 12),
        { _ in try MNISTSource.splits(folder: self.folder("set"), name: "m") }
      ),
      ("data.bin", record + record, { try CIFARSource.splits([$0], kind: .cifar10) }),
      (
        "t.csv", Array("a,b,y\n1,?,yes\n2,\"x\",no\n3,4,yes\n".utf8),
        {
          var options = CSVSource.Options()
          options.missing = .mean
          return try CSVSource.splits(train: $0, test: nil, name: "t", options: options)
        }
      ),
      (
        "a.npz", [UInt8](Data(base64Encoded: npz) ?? Data()),
        {
          [
            ImportedSplit(
              "train",
              try NumPySource.samples(
                archive: $0, NumPySource.Names(features: "x", labels: "y"), name: "a",
                classNames: nil))
          ]
        }
      ),
      (
        "pictures/a/1.png", [UInt8](Data(base64Encoded: png) ?? Data()),
        { _ in
          [
            ImportedSplit(
              "train",
              try ImageFolder(
                path: self.folder("pictures"), name: "p", options: ImageFolder.Options()))
          ]
        }
      ),
      (
        "w.ts", Array("@classLabel true low high\n@data\n1,2,3:4,5,6:low\n7,8:9,1:high\n".utf8),
        { try TimeSeriesSource.splits(train: $0, test: nil, missing: .error) }
      ),
      (
        "n.txt", Array("Ann\nBo\nÉmile\n".utf8),
        { [ImportedSplit("train", try NamesSource.samples([$0], name: "n"))] }
      ),
      (
        "any2.h5", [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder("any.h5")))),
        {
          [
            ImportedSplit(
              "train",
              try HDF5Source(path: $0, features: "x", labels: nil, name: "x", classNames: nil))
          ]
        }
      ),
    ]
    try folder.write([0, 0, 8, 1, 0, 0, 0, 2, 1, 0], as: "set/train-labels")
    var dice = Dice(state: 11)
    for number in 0..<Self.cases {
      let source = sources[number % sources.count]
      let path = try folder.write(damaged(source.bytes, &dice), as: source.name)
      guard endsWell({ try read(try source.open(path)) }) else {
        Issue.record("case \(number), \(source.name)")
        return
      }
    }
  }

  @Test func damagedShardsAreNeverReadWrongly() throws {
    let samples = SyntheticSamples(.images, count: 40, shape: [1, 8, 8], classes: 4, seed: 1)
    for compression in [nil, 3] {
      var settings = ImportPlan.Settings()
      (settings.compression, settings.chunkRows) = (compression, 8)
      let plan = try ImportPlan([ImportedSplit("train", samples)], settings)
      let path = try folder.shards(plan)[0]
      let whole = try ShardedDataset(paths: [path]).read(Array(0..<40))
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
      var dice = Dice(state: compression == nil ? 3 : 4)
      for number in 0..<Self.cases / 2 {
        let copy = try folder.write(damaged(bytes, &dice), as: "damaged.h5")
        var read: (features: [Float], classes: [Int32], targets: [Float])?
        let isWell = endsWell {
          read = try ShardedDataset(paths: [copy], verification: .everything).read(Array(0..<40))
        }
        guard isWell,
          read == nil || read?.features == whole.features && read?.classes == whole.classes
        else {
          Issue.record("case \(number), compression \(compression ?? 0)")
          return
        }
      }
    }
  }
}
