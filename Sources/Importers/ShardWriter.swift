public import Datasets
import Glibc
import HDF5

// Note [Whole files only]
//
//     train-03.h5.partial    written, synchronised to the disk; what was there before is still there
//            | when every rank has written all of its files
//            v
//     .unfinished-import     made: from here on the folder is a mixture, and readers refuse it
//     train-03.h5            renamed, over a file of that name
//     train-07.h5            removed if it was there before and has no successor
//     .unfinished-import     removed
//
// What is interrupted before leaves `.partial` files, which no pattern of shards matches; the next import
// removes them, and the mark.

/// Writes the files of an import, each by one rank.
public struct ShardWriter: Sendable {
  /// The end of the name of files that are not whole yet.
  public static let partialSuffix = ".partial"

  /// Where files go.
  public let folder: String

  /// Files go to `folder`, which must exist.
  public init(folder: String) { self.folder = folder }

  /// The path of a file while it is written.
  private func partial(_ name: String) -> String { "\(folder)/\(name)\(Self.partialSuffix)" }

  /// Writes one file under its temporary name.
  ///
  /// - Parameters:
  ///   - normalization: the attribute of that name.
  ///   - progress: called with the number of samples written since the last call.
  /// - Throws: what reading samples throws; `HDF5Error` if it cannot be written.
  public func write(
    _ file: ImportPlan.File, _ settings: ImportPlan.Settings, normalization: Normalization?,
    progress: (Int) -> Void
  ) throws {
    let layout = file.samples.layout
    let path = partial(file.name)
    let output = try HDF5.File.create(path, mode: .truncate, format: .v110)
    let count = file.list.count
    let rowBytes = layout.featureByteCount
    let automatic = max(1, (256 << 10) / max(1, rowBytes))
    let chunkRows = max(1, min(count, settings.chunkRows ?? automatic))
    let features = try output.root.createDataset(
      "features", shape: [count] + layout.featureShape, type: layout.featureType,
      chunks: [chunkRows] + layout.featureShape.map { max(1, $0) },
      filters: Self.filters(settings, layout.featureType))
    let labels = try layout.labelType.map { type in
      try output.root.createDataset(
        "labels", shape: [count] + layout.labelShape, type: type,
        chunks: [min(count, 1 << 16)] + layout.labelShape, filters: Self.filters(settings, type))
    }
    try Self.copy(file, features, .features, rows: chunkRows, progress)
    if let labels { try Self.copy(file, labels, .labels, rows: 1 << 16) { _ in } }
    if layout.hasLengths {
      let lengths = try (0..<count).map { Int32(try file.samples.length(of: file.list[$0])) }
      try output.createDataset(
        "lengths", shape: [count], of: Int32.self, chunks: [min(count, 1 << 16)],
        filters: Self.filters(settings, .int32)
      ).write(lengths)
    }
    try Self.describe(output, layout, normalization)
    try output.close()
    try Self.synchronise(path)
  }

  private enum Part { case features, labels }

  /// Copies rows, so many at a time.
  private static func copy(
    _ file: ImportPlan.File, _ target: UntypedDataset, _ part: Part, rows: Int,
    _ progress: (Int) -> Void
  ) throws {
    let layout = file.samples.layout
    let isFeatures = part == .features
    guard let type = isFeatures ? layout.featureType : layout.labelType else { return }
    let rowBytes = isFeatures ? layout.featureByteCount : layout.labelByteCount
    let rows = max(1, min(rows, file.list.count))
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(1, rows * rowBytes), alignment: 64)
    defer { memory.deallocate() }
    for start in stride(from: 0, to: file.list.count, by: rows) {
      let end = min(start + rows, file.list.count)
      for position in start..<end {
        let place = (position - start) * rowBytes
        let room = UnsafeMutableRawBufferPointer(rebasing: memory[place..<place + rowBytes])
        if isFeatures {
          try file.samples.readFeatures(file.list[position], into: room)
        } else {
          try file.samples.readLabels(file.list[position], into: room)
        }
      }
      try target.writeRows(
        start..<end, as: type,
        from: UnsafeRawBufferPointer(rebasing: memory[..<((end - start) * rowBytes)]))
      progress(end - start)
    }
  }

  private static func filters(_ settings: ImportPlan.Settings, _ type: ScalarType) -> [Filter] {
    guard let level = settings.compression else { return [.fletcher32] }
    return (type.byteCount > 1 ? [.shuffle] : []) + [.deflate(level), .fletcher32]
  }

  /// The attributes. Strings of fixed length lie in the object's header, which has a checksum.
  private static func describe(
    _ output: HDF5.File, _ layout: SampleLayout, _ normalization: Normalization?
  ) throws(HDF5Error) {
    let attributes = output.attributes
    try attributes.set("formatVersion", Shard.formatVersion)
    try attributes.set("name", layout.name, length: .fixed(max(1, layout.name.utf8.count)))
    func set(_ name: String, _ texts: [String]?) throws(HDF5Error) {
      guard let texts, !texts.isEmpty else { return }
      let length = max(1, texts.map(\.utf8.count).max() ?? 1)
      try attributes.set(name, texts, length: .fixed(length))
    }
    try set("classes", layout.classNames)
    try set("vocabulary", layout.vocabulary)
    try set("columns", layout.columnNames)
    if let normalization {
      try attributes.set(
        "normalization", (normalization.mean + normalization.deviation).map { Double($0) },
        shape: [2, normalization.mean.count])
    }
  }

  /// Writes a part of a text as one token file, under its temporary name.
  public func write(
    _ text: TextSource, _ tokens: Range<Int>, as name: String, compression: Int?
  ) throws {
    let path = partial(name)
    let output = try HDF5.File.create(path, mode: .truncate, format: .v110)
    var settings = ImportPlan.Settings()
    settings.compression = compression
    let dataset = try output.root.createDataset(
      "tokens", shape: [tokens.count], type: text.type,
      chunks: [max(1, min(tokens.count, 1 << 18))],
      filters: Self.filters(settings, text.type))
    let size = text.type.byteCount
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(1, tokens.count * size), alignment: 8)
    defer { memory.deallocate() }
    for (place, token) in text.tokens[tokens].enumerated() {
      // The low bytes come first.
      for byte in 0..<size {
        memory[place * size + byte] = UInt8(truncatingIfNeeded: token >> (8 * byte))
      }
    }
    try dataset.writeRows(
      0..<tokens.count, as: text.type,
      from: UnsafeRawBufferPointer(rebasing: memory[..<(tokens.count * size)]))
    var layout = SampleLayout(name: text.name, featureShape: [], featureType: text.type)
    layout.vocabulary = text.vocabulary
    try Self.describe(output, layout, nil)
    try output.close()
    try Self.synchronise(path)
  }

  // MARK: - Names

  /// Gives a file that is whole its name.
  ///
  /// - Throws: `ImportError` naming the file and the system's reason.
  public func finish(_ name: String) throws(ImportError) {
    guard rename(partial(name), "\(folder)/\(name)") == 0 else {
      throw ImportError("\(folder)/\(name)", "", String(cString: strerror(errno)))
    }
  }

  /// Removes a file that will not become whole.
  public func discard(_ name: String) { unlink(partial(name)) }

  /// Removes a file of an earlier import.
  ///
  /// - Throws: as ``finish(_:)``, also if it is not there.
  public func remove(_ name: String) throws(ImportError) {
    guard unlink("\(folder)/\(name)") == 0 else {
      throw ImportError("\(folder)/\(name)", "", String(cString: strerror(errno)))
    }
  }

  /// Says that the folder holds files of two imports.
  public func mark() throws(ImportError) {
    let path = "\(folder)/\(ShardPaths.unfinishedMark)"
    let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw ImportError(path, "", String(cString: strerror(errno))) }
    close(descriptor)
    try Self.synchronise(path)
  }

  /// Says that it does no more.
  public func unmark() throws(ImportError) { try remove(ShardPaths.unfinishedMark) }

  private static func synchronise(_ path: String) throws(ImportError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    defer { close(descriptor) }
    guard descriptor >= 0, fsync(descriptor) == 0 || errno == EINVAL else {
      throw ImportError(path, "", String(cString: strerror(errno)))
    }
  }
}
