import Datasets
import HDF5
import Testing

/// Windows over token files.
@Suite struct TokenWindowsTests {
  let folder: ShardFolder

  init() throws { folder = try ShardFolder() }

  private func write<Token: HDF5Scalar>(
    _ name: String, _ tokens: [Token], vocabulary: [String]? = nil
  ) throws -> String {
    let file = try File.create(folder(name), mode: .truncate)
    try file.createDataset(
      "tokens", shape: [tokens.count], of: Token.self, chunks: [min(7, tokens.count)],
      filters: [.fletcher32]
    ).write(tokens)
    if let vocabulary { try file.attributes.set("vocabulary", vocabulary) }
    try file.close()
    return folder(name)
  }

  private func text(_ count: Int, _ name: String = "text.h5", from: Int = 0) throws -> String {
    try write(name, (from..<from + count).map(UInt8.init))
  }

  @Test func labelsAreTheNextTokens() throws {
    let windows = try TokenWindows(paths: [text(20)], window: 4)
    #expect(windows.count == 16)
    #expect(windows.featureShape == [4] && windows.labelShape == [4])
    #expect(windows.classCount == 20)
    let read = try windows.read([3, 15, 0])
    #expect(read.features == [3, 4, 5, 6, 15, 16, 17, 18, 0, 1, 2, 3])
    #expect(read.classes == [4, 5, 6, 7, 16, 17, 18, 19, 1, 2, 3, 4])
  }

  @Test func windowsDoNotReachIntoTheNextFile() throws {
    let paths = [try text(7, "a.h5"), try text(6, "b.h5", from: 100)]
    let windows = try TokenWindows(paths: paths, window: 4)
    #expect(windows.count == 3 + 2)
    #expect(try windows.read([2, 3]).features == [2, 3, 4, 5, 100, 101, 102, 103])
  }

  @Test(arguments: [13, 14, 16, 17]) func windowsSideBySidePredictEveryTokenOnce(
    count: Int
  ) throws {
    let windows = try TokenWindows(paths: [text(count)], window: 4, stride: 4)
    let labels = try windows.read(Array(0..<windows.count)).classes
    #expect(labels == (1...(count - 1) / 4 * 4).map(Int32.init))
  }

  @Test func filesNeedNotFitIntoMemory() throws {
    let path = try write("wide.h5", (0..<300).map { Int32($0 * 3 % 300) })
    let kept = try TokenWindows(paths: [path], window: 9)
    let streamed = try TokenWindows(paths: [path], window: 9, cacheBytes: 0)
    let indices = [290, 0, 17, 17]
    #expect(try kept.read(indices) == streamed.read(indices))
  }

  @Test func vocabularyNamesTheTokens() throws {
    let path = try write("words.h5", [0, 1, 0, 1] as [UInt16], vocabulary: ["a", "b", "\n"])
    let windows = try TokenWindows(paths: [path], window: 2)
    #expect(windows.classNames == ["a", "b", "\n"] && windows.hasVocabulary)
  }

  // MARK: - Epochs

  private static func schedule(
    _ windows: TokenWindows, epoch: Int, microBatches: Int
  ) -> BatchSchedule {
    BatchSchedule(
      sampleCount: windows.count, epochCount: windows.epochCount, globalBatch: 6,
      microBatches: microBatches, seed: 5, epoch: epoch)
  }

  /// The windows of step after step, by the micro-batches of all ranks in order.
  private static func order(_ schedule: BatchSchedule, from step: Int = 0) -> [[Int]] {
    (step..<schedule.stepCount).map { step in
      (0..<schedule.microBatches).flatMap {
        schedule.positions(step: step, microBatch: $0).map { schedule.order[$0] }
      }
    }
  }

  @Test func epochTakesSomeWindowsEachOnce() throws {
    let windows = try TokenWindows(paths: [text(200)], window: 10, epochCount: 33)
    let order = Self.order(Self.schedule(windows, epoch: 0, microBatches: 1))
    #expect(order.map(\.count) == [6, 6, 6, 6, 6, 3])
    #expect(Set(order.joined()).count == 33)
    #expect(order.joined().allSatisfy { (0..<windows.count).contains($0) })
  }

  @Test(arguments: 1...4) func ranksShareTheSameEpoch(ranks: Int) throws {
    let windows = try TokenWindows(paths: [text(200)], window: 10, epochCount: 33)
    let alone = Self.order(Self.schedule(windows, epoch: 2, microBatches: 1))
    #expect(Self.order(Self.schedule(windows, epoch: 2, microBatches: ranks)) == alone)
  }

  @Test func resumedEpochGoesOnWhereItStopped() throws {
    let path = try text(200)
    let whole = try TokenWindows(paths: [path], window: 10, epochCount: 33)
    let again = try TokenWindows(paths: [path], window: 10, epochCount: 33)
    let order = Self.order(Self.schedule(whole, epoch: 4, microBatches: 2))
    #expect(
      Self.order(Self.schedule(again, epoch: 4, microBatches: 2), from: 3) == Array(order[3...]))
  }

  @Test func epochsTakeOtherWindows() throws {
    let windows = try TokenWindows(paths: [text(200)], window: 10, epochCount: 33)
    let orders = (0..<3).map {
      Set(Self.order(Self.schedule(windows, epoch: $0, microBatches: 1)).joined())
    }
    #expect(orders[0] != orders[1] && orders[1] != orders[2])
  }

  // MARK: - Refusals

  private func refusal(
    _ paths: [String], window: Int = 4, epochCount: Int? = nil
  ) throws -> String {
    let error = #expect(throws: DatasetError.self) {
      try TokenWindows(paths: paths, window: window, epochCount: epochCount)
    }
    return error?.description ?? ""
  }

  @Test func badFilesAreNamed() throws {
    let shard = try folder.write(
      "shard.h5", shape: [3, 2], features: [Float](repeating: 0, count: 6), labels: [0, 1, 2])
    #expect(try refusal([shard]).hasSuffix("shard.h5: has no dataset /tokens"))
    #expect(try refusal([write("real.h5", [1, 2, 3] as [Float])]).contains("integers"))
    #expect(try refusal([text(4)]).contains("holds 4 tokens"))
    #expect(try refusal([text(9)], epochCount: 6).contains("holds 5 windows"))
    let outside = try write("out.h5", [0, 1, 2, 0, 1, 0] as [UInt8], vocabulary: ["a", "b"])
    #expect(try refusal([outside]).contains("/tokens[2] is 2, outside 0..<2"))
    let other = try write("other.h5", [0, 1, 0, 0, 1] as [UInt8], vocabulary: ["a", "c"])
    let first = try write("first.h5", [0, 1, 0, 0, 1] as [UInt8], vocabulary: ["a", "b"])
    #expect(try refusal([first, other]).contains("unlike that of"))
  }
}
