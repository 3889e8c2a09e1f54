/// Whether the shards of one split, or of a train and a test split, are sound.
///
/// Reads everything: checksums, labels, features that are not finite, samples that occur twice. Holds 16
/// bytes a sample.
public struct DatasetCheck: Sendable {
  /// What makes the shards useless for training; empty if they are sound.
  public private(set) var errors: [String] = []
  /// What may be meant: samples that occur more than once.
  public private(set) var warnings: [String] = []
  /// Files that were read.
  public private(set) var fileCount = 0
  /// Samples that were read.
  public private(set) var sampleCount = 0

  private struct Place {
    var split: UInt8
    var file: UInt32
    var row: UInt32
  }

  /// Where each sample was met first, by the hash of its features.
  private var seen: [UInt64: Place] = [:]
  private var paths: [String] = []
  private var repeated = (within: 0, across: 0)
  private var firstAcross: [String] = []

  /// Checks the files of a split, and those of another one that must have no sample of the first.
  public init(_ train: [String], test: [String] = []) {
    check(train, split: 0)
    check(test, split: 1)
    if repeated.within > 0 {
      warnings.append("\(repeated.within) samples have the same features as another of their split")
    }
    if repeated.across > 0 {
      warnings.append("\(repeated.across) samples of the test split are in the train split too:")
      warnings += firstAcross
    }
    seen = [:]
  }

  private mutating func check(_ files: [String], split: UInt8) {
    let before = errors.count
    for path in files {
      do {
        try check(file: path, split: split)
        fileCount += 1
      } catch {
        errors.append("\(error)")
      }
    }
    guard errors.count == before, files.count > 1 else { return }
    do {
      _ = try ShardedDataset(paths: files, verification: .layout, requiresLabels: false)
    } catch { errors.append("\(error)") }
  }

  private mutating func check(file path: String, split: UInt8) throws(DatasetError) {
    let dataset = try ShardedDataset(paths: [path], cacheBytes: 0, requiresLabels: false)
    let shard = dataset.shards[0]
    let converter = RowConverter(
      from: shard.featureType, shape: shard.featureShape, normalization: nil)
    var row = [Float](repeating: 0, count: dataset.featureCount)
    var notFinite: Int?
    paths.append(path)
    try dataset.reader.files.forEachChunk(of: 0) { (rows, features, _) throws(DatasetError) in
      for index in rows {
        let stored = features + (index - rows.lowerBound) * shard.featureByteCount
        if !converter.convert(stored, into: &row) { notFinite = notFinite ?? index }
        note(
          Self.hash(UnsafeRawBufferPointer(start: stored, count: shard.featureByteCount)),
          Place(split: split, file: UInt32(paths.count - 1), row: UInt32(truncatingIfNeeded: index))
        )
      }
    }
    sampleCount += shard.count
    if let notFinite { throw .notFinite(file: path, dataset: "/features", index: notFinite) }
  }

  private mutating func note(_ hash: UInt64, _ place: Place) {
    guard let first = seen[hash] else {
      seen[hash] = place
      return
    }
    guard first.split != place.split else {
      repeated.within += 1
      return
    }
    repeated.across += 1
    if firstAcross.count < 5 {
      firstAcross.append(
        "  \(paths[Int(place.file)]) sample \(place.row) is \(paths[Int(first.file)]) sample \(first.row)"
      )
    }
  }

  /// 64 bits of all bytes, each word mixed by a multiplication and a shift.
  private static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var hash = UInt64(bytes.count) &* 0x9E37_79B9_7F4A_7C15
    var place = 0
    while place + 8 <= bytes.count {
      hash = mix(hash ^ bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
      place += 8
    }
    var rest: UInt64 = 0
    for byte in bytes[place...] { rest = rest << 8 | UInt64(byte) }
    return mix(hash ^ rest)
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    let product = value &* 0xD6E8_FEB8_6659_FD93
    let folded = (product ^ (product >> 32)) &* 0xD6E8_FEB8_6659_FD93
    return folded ^ (folded >> 29)
  }
}
