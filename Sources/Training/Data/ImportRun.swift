import Datasets
import Foundation
public import Importers
public import MPI

/// Writes the shards of an import, each rank its share of the files.
///
///     all ranks   plan the files            | statistics of blocks b = rank, rank + size, ...
///                                           | all-reduce
///     rank r      writes files f = r, r + size, ... under temporary names
///     all ranks   agree that all is written | give the files their names
///
/// All members are collective. The bytes of the files do not depend on the number of ranks.
public struct ImportRun {
  private let folder: String
  private let isReplacing: Bool
  private let world: Communicator

  /// An import into `folder`.
  ///
  /// - Parameter replacing: Whether `.h5` files that are there go, once the new ones are whole; otherwise
  ///   they are an error.
  public init(into folder: String, replacing: Bool, on world: Communicator) {
    (self.folder, isReplacing, self.world) = (folder, replacing, world)
  }

  /// Imports samples; returns the paths of the files.
  ///
  /// - Parameter open: Plans the import; called on every rank.
  /// - Throws: `AgreedFailure` after one rank has printed what is wrong.
  public func run(_ open: () throws -> ImportPlan) throws -> [String] {
    let plan = try world.agreeing { try open() }
    let old = try prepare(replacing: plan.ownsFolder ? nil : plan.files[0].name)
    let normalization = try normalization(plan)
    let total = plan.files.enumerated().reduce(0) {
      $1.offset % world.size == world.rank ? $0 + $1.element.list.count : $0
    }
    var progress = ShareProgress("importing", of: total, isShown: world.isRoot)
    let writer = ShardWriter(folder: folder)
    return try write(plan.files.map(\.name), over: old, writer) { index in
      try writer.write(plan.files[index], plan.settings, normalization: normalization) {
        progress.add($0)
      }
    }
  }

  /// Imports a text: `shards` files of the train split and the last `testShare` of the tokens as
  /// `test.h5`; returns the paths.
  public func run(
    shards: Int, testShare: Double, compression: Int?, _ open: () throws -> TextSource
  ) throws -> [String] {
    let (text, parts) = try world.agreeing { () -> (TextSource, [(String, Range<Int>)]) in
      let text = try open()
      let cut = text.tokens.count - Int((Double(text.tokens.count) * testShare).rounded())
      guard cut >= 2 * shards else {
        throw ImportError(
          text.name, "", "has \(cut) tokens to train on, too few for \(shards) shards")
      }
      var parts = (0..<shards).map { shard in
        (ImportPlan.shardName(shard, of: shards), shard * cut / shards..<(shard + 1) * cut / shards)
      }
      if cut < text.tokens.count { parts.append(("test.h5", cut..<text.tokens.count)) }
      return (text, parts)
    }
    let old = try prepare(replacing: nil)
    let writer = ShardWriter(folder: folder)
    return try write(parts.map(\.0), over: old, writer) { index in
      try writer.write(text, parts[index].1, as: parts[index].0, compression: compression)
    }
  }

  /// Makes the folder; returns, on the root, the shards of another import in it, which must not stay
  /// among the new ones.
  ///
  /// - Parameter name: The only file that has to make room; `nil`: all shards.
  private func prepare(replacing name: String?) throws -> [String] {
    try world.agreeing {
      guard world.isRoot else { return [] }
      let files = FileManager.default
      do {
        try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
      } catch {
        throw Failure(.inputOutput, "\(folder): cannot be made: \(Failure.reason(of: error))")
      }
      let names = (try? files.contentsOfDirectory(atPath: folder)) ?? []
      for name in names where name.hasSuffix(".h5" + ShardWriter.partialSuffix) {
        try? files.removeItem(atPath: "\(folder)/\(name)")
      }
      let old = names.filter { $0.hasSuffix(".h5") && (name == nil || $0 == name) }
      guard old.isEmpty || isReplacing else {
        throw Failure(
          .usage,
          "\(folder) holds \(old.count == 1 ? old[0] : "\(old.count) .h5 files"); add --replace to remove what is there, or choose another --output"
        )
      }
      return old
    }
  }

  private func normalization(_ plan: ImportPlan) throws -> Normalization? {
    let layout = plan.source.layout
    switch plan.settings.scaling {
    case .none: return nil
    case .keep: return layout.normalization
    case .unit:
      return try world.agreeing {
        guard layout.featureType.isInteger, !layout.featureType.isSigned else {
          throw Failure(
            .usage, "--scaling unit is for unsigned integers, features are \(layout.featureType)")
        }
        let largest = Float(UInt64.max >> (64 - 8 * layout.featureType.byteCount))
        return Normalization(mean: [0], deviation: [largest])
      }
    case .standard:
      // Token ids are names, not amounts; and steps that fill a series up must stay 0, which masks know.
      guard layout.vocabulary == nil, !layout.hasLengths else { return nil }
      let moments = Moments(of: plan.source, plan.train)
      var numbers = [Double](repeating: 0, count: moments.blockCount * moments.numbersPerBlock)
      try world.agreeing {
        for block in stride(from: world.rank, to: moments.blockCount, by: world.size) {
          let start = block * moments.numbersPerBlock
          numbers.replaceSubrange(
            start..<start + moments.numbersPerBlock, with: try moments.numbers(ofBlock: block))
        }
      }
      // One rank has the number, the others zero: the sum is exact.
      try world.allReduce(&numbers, .sum)
      return moments.normalization(numbers)
    }
  }

  /// Writes this rank's files by `body`, then names all, in the place of `old` ones; or none. See Note
  /// [Whole files only].
  private func write(
    _ names: [String], over old: [String], _ writer: ShardWriter, _ body: (Int) throws -> Void
  ) throws -> [String] {
    let mine = Array(stride(from: world.rank, to: names.count, by: world.size))
    do {
      try world.agreeing { for index in mine { try body(index) } }
    } catch {
      for index in mine { writer.discard(names[index]) }
      throw error
    }
    try world.agreeing { if world.isRoot { try writer.mark() } }
    try world.agreeing { for index in mine { try writer.finish(names[index]) } }
    try world.agreeing {
      guard world.isRoot else { return }
      for name in old where !names.contains(name) { try writer.remove(name) }
      try writer.unmark()
    }
    return names.map { "\(folder)/\($0)" }
  }
}
