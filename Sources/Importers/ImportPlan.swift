import Datasets

/// What an import writes: which samples, in which order, into which files.
///
/// A function of the source and the settings alone: every rank makes the same plan and writes its
/// share of the files, so that bytes do not depend on the number of ranks.
public struct ImportPlan {
  /// How features become inputs when they are read.
  public enum Scaling: String, Sendable, CaseIterable {
    /// By mean and deviation of each channel of the train split.
    case standard
    /// Unsigned integers to [0, 1].
    case unit
    /// As they are.
    case none
    /// As the source says, if it is made of shards.
    case keep
  }

  /// What the user chose.
  public struct Settings: Sendable {
    /// Files of the train split.
    public var shards = 1
    /// The share of samples that become the test split, if the source has none.
    public var testShare = 0.0
    /// Whether samples are shuffled before they are cut into shards.
    public var isShuffled = true
    /// Whether every shard, and the test split, has of each class its share.
    public var isStratified = false
    /// The key of the shuffle.
    public var seed: UInt64 = 0
    /// Level of deflate, 1 to 9; `nil`: none.
    public var compression: Int?
    /// Samples of one stored block; `nil`: about 256 KiB of them.
    public var chunkRows: Int?
    /// The attribute `normalization`.
    public var scaling = Scaling.standard

    /// The defaults.
    public init() {}
  }

  /// One file to be.
  public struct File {
    /// Its name, such as `train-03.h5`.
    public let name: String
    /// Where samples come from.
    public let samples: any SourceSamples
    /// Which, in order.
    public let list: SampleList
  }

  /// The settings.
  public let settings: Settings
  /// The files in order.
  public let files: [File]
  /// The samples of the train split.
  public let train: SampleList
  /// Where they come from.
  public let source: any SourceSamples
  /// Whether the folder is to hold these files alone; a merged file may stand beside others.
  public let ownsFolder: Bool

  /// Plans the import of `splits`, the first of which is to train on.
  ///
  /// - Throws: `ImportError` if there are fewer samples than shards, or classes to stratify by are
  ///   missing.
  public init(_ splits: [ImportedSplit], _ settings: Settings) throws {
    self.settings = settings
    ownsFolder = true
    source = splits[0].samples
    var lists = [try Self.order(splits[0].samples, settings, key: 0)]
    var sources = [splits[0].samples]
    if splits.count > 1 {
      lists.append(try Self.order(splits[1].samples, settings, key: 1))
      sources.append(splits[1].samples)
    } else if settings.testShare > 0 {
      lists = try Self.divide(lists[0], splits[0].samples, settings)
      sources.append(splits[0].samples)
    }
    train = lists[0]
    guard train.count >= settings.shards else {
      throw ImportError(
        source.layout.name, "",
        "has \(train.count) samples to train on, too few for "
          + "\(settings.shards) shards")
    }
    var files: [File] = []
    for (number, part) in train.cut(into: settings.shards).enumerated() {
      files.append(
        File(
          name: Self.shardName(number, of: settings.shards), samples: source,
          list: Self.mixed(part, settings, key: number + 2)))
    }
    if lists.count > 1, lists[1].count > 0 {
      files.append(File(name: "test.h5", samples: sources[1], list: lists[1]))
    }
    self.files = files
  }

  /// The name of train shard `number`: as many digits for all, so that names sort as numbers do.
  public static func shardName(_ number: Int, of shards: Int) -> String {
    let digits = "\(number)"
    let width = max(2, "\(shards - 1)".count)
    return "train-" + String(repeating: "0", count: width - digits.count) + digits + ".h5"
  }

  /// Plans one file of all of a source in its order.
  public init(merging samples: any SourceSamples, as name: String, _ settings: Settings) {
    (self.settings, source, ownsFolder) = (settings, samples, false)
    train = .range(0..<samples.count)
    files = [File(name: name, samples: samples, list: train)]
  }

  /// All samples of a split in the order in which they are cut.
  private static func order(
    _ samples: any SourceSamples, _ settings: Settings, key: Int
  ) throws -> SampleList {
    let list = shuffled(samples.count, settings, key: key)
    guard settings.isStratified else { return list }
    try requireClasses(samples)
    return .listed(
      ArraySlice(Stratification.spread(try Stratification.members(of: list, in: samples))))
  }

  private static func shuffled(_ count: Int, _ settings: Settings, key: Int) -> SampleList {
    settings.isShuffled
      ? .permuted(permutation(count, settings, key: key), 0..<count) : .range(0..<count)
  }

  private static func permutation(
    _ count: Int, _ settings: Settings, key: Int
  ) -> SamplePermutation {
    // Epochs of trainings count from 0; orders of imports from the other end.
    SamplePermutation(count: count, seed: settings.seed, epoch: Int(UInt32.max) - key)
  }

  /// Train and test split of one source.
  private static func divide(
    _ list: SampleList, _ samples: any SourceSamples, _ settings: Settings
  ) throws -> [SampleList] {
    func testCount(_ count: Int) -> Int { Int((Double(count) * settings.testShare).rounded()) }
    guard settings.isStratified else {
      let cut = list.count - testCount(list.count)
      return [list[0..<cut], list[cut..<list.count]]
    }
    let order = shuffled(samples.count, settings, key: 0)
    let members = try Stratification.members(of: order, in: samples)
    return [
      .listed(
        ArraySlice(Stratification.spread(members.map { Array($0.dropLast(testCount($0.count))) }))),
      .listed(
        ArraySlice(Stratification.spread(members.map { Array($0.suffix(testCount($0.count))) }))),
    ]
  }

  /// A stratified shard repeats its classes in one pattern: shuffled by itself it does not.
  private static func mixed(_ list: SampleList, _ settings: Settings, key: Int) -> SampleList {
    guard settings.isStratified, settings.isShuffled else { return list }
    let permutation = permutation(list.count, settings, key: key)
    return .listed(ArraySlice((0..<list.count).map { list[permutation[$0]] }))
  }

  private static func requireClasses(_ samples: any SourceSamples) throws {
    guard samples.layout.hasClasses else {
      throw ImportError(samples.layout.name, "", "has no classes to stratify by")
    }
  }
}
