import Foundation
import Testing

extension EndToEnd {
  /// Trainings whose disk is full, read-only or gone for a while.
  @Suite(.enabled(if: SmallDisk.canMount, "mounting a tmpfs is not allowed here"))
  struct FullDiskTests {
    let folder: TemporaryFolder
    let set = ["training.epochs=60", "checkpoint.everySteps=20", "checkpoint.keep=2"]

    init() throws { folder = try TemporaryFolder() }

    /// Trains on a disk of its own, lets something happen to it when there is a checkpoint, mends it
    /// or not, and waits for the end.
    private func train(
      _ output: String, on disk: SmallDisk, breaking: (SmallDisk) throws -> Void,
      mending: ((SmallDisk) throws -> Void)?
    ) throws -> Command {
      let words = Command.words(
        TrainedFolder.arguments(digits, output, set: set, resume: "auto"), ranks: 2)
      let running = try RunningCommand(words)
      let run = TrainedFolder(path: output)
      try #require(running.wait(seconds: 60) { run.stepInProgress >= 45 })
      try breaking(disk)
      try #require(
        running.wait(seconds: 60) { running.stderr.contains("warning: no checkpoint of step") },
        "\(running.stdout)\(running.stderr)")
      let good = try Command.run("checkpoint", "verify", run.latest)
      #expect(good.exitCode == 0, "\(good.stdout)")
      try mending?(disk)
      return try Command.end(of: running, words)
    }

    private func expectUndisturbed(_ run: TrainedFolder) throws {
      let whole = try TrainedFolder.train(digits, in: folder("whole"), set: set)
      try expectEqual(whole.latest, run.latest)
    }

    @Test func runOutlivesAFullDisk() throws {
      let disk = try SmallDisk(at: folder("run"), kilobytes: 1_500)
      let command = try train(
        disk.path, on: disk, breaking: { try $0.fill() }, mending: { try $0.empty() })
      #expect(command.exitCode == 0, "\(command.stderr)")
      #expect(command.stderr.contains("No space left on device"), "\(command.stderr)")
      let run = TrainedFolder(path: disk.path)
      try expectUndisturbed(run)
      // Not a line of the log is lost.
      #expect(try run.events("train").compactMap { $0["step"] as? Int } == Array(1...1_380))
      #expect(try run.events("end").count == 1)
      #expect(try !run.events("checkpointFailed").isEmpty)
    }

    @Test func lastCheckpointTakesThePlaceOfOldOnesOnADiskThatStaysFull() throws {
      let disk = try SmallDisk(at: folder("run"), kilobytes: 1_500)
      let command = try train(disk.path, on: disk, breaking: { try $0.fill() }, mending: nil)
      #expect(command.exitCode == 74, "\(command.stderr)")
      #expect(command.stdout.contains("epoch 60/60"), "\(command.stdout)")
      // There is no room for the lines of the log: the run has not ended well.
      #expect(
        command.stderr.contains("metrics.jsonl: cannot be written"), "\(command.stderr)")
      try disk.empty()
      let run = try TrainedFolder.train(
        digits, in: disk.path, ranks: 2, set: set, resume: "auto")
      try expectUndisturbed(run)
    }

    @Test func runOutlivesAReadOnlyFolder() throws {
      try FileManager.default.createDirectory(
        atPath: folder("run/checkpoints"), withIntermediateDirectories: true)
      let disk = try SmallDisk(at: folder("run/checkpoints"), kilobytes: 4_000)
      let command = try train(
        folder("run"), on: disk, breaking: { try $0.remount("ro") },
        mending: { try $0.remount("rw") })
      #expect(command.exitCode == 0, "\(command.stderr)")
      #expect(command.stderr.contains("Read-only file system"), "\(command.stderr)")
      try expectUndisturbed(TrainedFolder(path: folder("run")))
    }

    @Test func newCheckpointCountsThoughAnOldOneCannotBeRemoved() throws {
      let words = Command.words(TrainedFolder.arguments(digits, folder("run"), set: set), ranks: 1)
      let running = try RunningCommand(words)
      let run = TrainedFolder(path: folder("run"))
      try #require(running.wait(seconds: 60) { run.stepInProgress >= 25 })
      // A folder in the place of a checkpoint: `unlink` refuses it.
      try FileManager.default.createDirectory(
        atPath: folder("run/checkpoints/step-00000003.h5"), withIntermediateDirectories: true)
      let command = try Command.end(of: running, words)
      #expect(command.exitCode == 0, "\(command.stderr)")
      #expect(
        command.stderr.contains("those beside it could not be put in order"), "\(command.stderr)")
      #expect(try run.events("checkpointFailed").isEmpty)
      try expectUndisturbed(run)
    }

    @Test func runOutlivesTheLossOfItsFolder() throws {
      let words = Command.words(
        TrainedFolder.arguments(digits, folder("run"), set: set), ranks: 2)
      let running = try RunningCommand(words)
      let run = TrainedFolder(path: folder("run"))
      try #require(running.wait(seconds: 60) { run.stepInProgress >= 45 })
      try FileManager.default.moveItem(atPath: folder("run"), toPath: folder("gone"))
      try FileManager.default.removeItem(atPath: folder("gone"))
      let command = try Command.end(of: running, words)
      #expect(command.exitCode == 0, "\(command.stderr)")
      #expect(try run.events("end").count == 1)
      try expectUndisturbed(run)
    }
  }
}

/// A tmpfs that goes with the value that made it.
final class SmallDisk {
  let path: String

  /// Whether this process may mount.
  static let canMount: Bool = {
    guard let folder = try? TemporaryFolder() else { return false }
    return (try? SmallDisk(at: folder("disk"), kilobytes: 64)) != nil
  }()

  struct MountError: Error { let reason: String }

  init(at path: String, kilobytes: Int) throws {
    self.path = path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    guard mount("tmpfs", path, "tmpfs", 0, "size=\(kilobytes)k") == 0 else {
      throw MountError(reason: String(cString: strerror(errno)))
    }
  }

  /// Takes all the space that is left.
  func fill() throws {
    let file = open(path + "/filler", O_WRONLY | O_CREAT | O_APPEND, 0o600)
    defer { close(file) }
    for size in [65_536, 4_096, 1] {
      let bytes = [UInt8](repeating: 0, count: size)
      while write(file, bytes, size) == size {}
    }
  }

  /// Gives the space back.
  func empty() throws { try FileManager.default.removeItem(atPath: path + "/filler") }

  /// Mounts again with the option `ro` or `rw`; waits for files that are being written.
  func remount(_ option: String) throws {
    let flags = UInt(MS_REMOUNT) | (option == "ro" ? UInt(MS_RDONLY) : 0)
    for _ in 0..<1_000 {
      if mount("tmpfs", path, "tmpfs", flags, nil) == 0 { return }
      usleep(2_000)
    }
    throw MountError(reason: String(cString: strerror(errno)))
  }

  deinit { umount2(path, 2) }  // MNT_DETACH
}
