import Foundation
import Testing

extension EndToEnd {
  /// Faults that one rank alone meets.
  @Suite struct EndingTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Two ranks of which the second has a job of its own.
    private func run(_ first: [String], _ second: [String]) throws -> Command {
      try Command.run(
        words: ["mpirun", "--oversubscribe", "-n", "1", trireme] + first
          + [":", "-n", "1", trireme] + second, timeout: 30)
    }

    @Test func shardThatOneRankCannotFindEndsAllRanks() throws {
      let out = folder("out")
      let command = try run(
        TrainedFolder.arguments(digits, out),
        TrainedFolder.arguments(digits, out, set: ["data.train=\(folder("none.h5"))"]))
      #expect(command.exitCode == 65)
      #expect(command.stderr.contains(/rank 1 on \S+: no file matches \S+none.h5/))
      #expect(command.messages == 1, "\(command.stderr)")
      #expect(!FileManager.default.fileExists(atPath: out))
    }

    @Test func shardThatBreaksOnOneRankInMidTrainingEndsAllRanks() throws {
      let good = try BadShards.write(folder("good.h5"))
      let bad = try BadShards.write(folder("bad.h5"))
      try BadShards.damage(bad)
      let set = ["training.globalBatch=8", "data.train="]
      let command = try run(
        TrainedFolder.arguments(digits, folder("out"), set: [set[0], set[1] + good]),
        TrainedFolder.arguments(digits, folder("out"), set: [set[0], set[1] + bad]))
      #expect(command.exitCode == 65)
      #expect(command.stderr.contains(bad), "\(command.stderr)")
      #expect(command.stderr.contains("rank 1 "), "\(command.stderr)")
    }
  }
}
