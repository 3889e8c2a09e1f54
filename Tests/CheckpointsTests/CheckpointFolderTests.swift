import Checkpoints
import Foundation
import Testing

@Suite struct CheckpointFolderTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  func write(_ steps: Int..., keep: Retention? = nil) throws {
    for step in steps {
      try CheckpointWriter.write(checkpoint(step: step), toFolder: folder.path, keep: keep)
    }
  }

  @Test func oldestAreRemovedBeyondTheNumberToKeep() throws {
    try write(1, 2, 3, 4, keep: 2)
    #expect(CheckpointFolder(folder.path).steps == [3, 4])
    #expect(CheckpointFolder(folder.path).latestStep == 4)
  }

  @Test func atLeastTheNewOneStays() throws {
    try write(1, 2, keep: 0)
    #expect(CheckpointFolder(folder.path).steps == [2])
  }

  @Test func milestonesAndTheBestStay() throws {
    try write(10, 15, 20, 25, 30, 35, keep: Retention(newest: 2, every: 20, best: 15))
    #expect(CheckpointFolder(folder.path).steps == [15, 20, 30, 35])
  }

  @Test func bestLeadsToTheMarkedOne() throws {
    try write(1, 2)
    let checkpoints = CheckpointFolder(folder.path)
    #expect(checkpoints.bestStep == nil)
    try checkpoints.markBest(step: 1)
    #expect(checkpoints.bestStep == 1)
    #expect(try CheckpointReader(checkpoints.best).state.step == 1)
  }

  @Test func checkpointsOfARewoundRunAreNotCounted() throws {
    try write(10, 20, 30)
    try write(15, keep: 2)
    #expect(CheckpointFolder(folder.path).steps == [10, 15, 20, 30])
    try write(16, keep: 2)
    #expect(CheckpointFolder(folder.path).steps == [15, 16, 20, 30])
    #expect(CheckpointFolder(folder.path).latestStep == 16)
  }

  @Test func leftoversOfBrokenRunsAreRemoved() throws {
    try Data("half".utf8).write(to: URL(fileURLWithPath: folder("step-00000005.h5.partial")))
    try write(6, keep: 3)
    #expect(try folder.names == ["latest", "step-00000006.h5"])
  }

  @Test func sameStepIsReplaced() throws {
    try write(5)
    try CheckpointWriter.write(checkpoint(step: 5, first: 9), toFolder: folder.path)
    #expect(try CheckpointReader(folder("latest")).contents().model[0].values[0] == 9)
  }

  @Test func newestReadableIsTheLatest() throws {
    try write(10, 20)
    try write(15)
    let found = try #require(try CheckpointFolder(folder.path).newestReadable())
    #expect(found.checkpoint.state.step == 15)
    #expect(found.rejected.isEmpty)
  }

  @Test func damagedLatestIsPassedOver() throws {
    try write(10, 20)
    let handle = try FileHandle(forUpdating: URL(fileURLWithPath: folder("step-00000020.h5")))
    try handle.truncate(atOffset: 1_000)
    try handle.close()
    let found = try #require(try CheckpointFolder(folder.path).newestReadable())
    #expect(found.checkpoint.state.step == 10)
    #expect(found.rejected.count == 1)
  }

  @Test func folderOfDamagedCheckpointsSaysWhy() throws {
    try Data("x".utf8).write(to: URL(fileURLWithPath: folder("step-00000020.h5")))
    let error = #expect(throws: CheckpointError.self) {
      _ = try CheckpointFolder(folder.path).newestReadable()
    }
    #expect(error?.description.contains("step-00000020.h5") == true)
  }

  @Test func emptyOrMissingFolderHasNone() throws {
    #expect(try CheckpointFolder(folder.path).newestReadable() == nil)
    #expect(try CheckpointFolder(folder("none")).newestReadable() == nil)
  }

  @Test func folderThatCannotBeMadeIsNamed() throws {
    try Data().write(to: URL(fileURLWithPath: folder("file")))
    let error = #expect(throws: CheckpointError.self) {
      try CheckpointWriter.write(checkpoint(), toFolder: folder("file/checkpoints"))
    }
    #expect(error?.description.contains(folder("file")) == true)
  }

  @Test func failedWriteLeavesTheOldCheckpoint() throws {
    try write(5)
    let broken = TensorSource(path: "w", shape: [1]) { _ throws(CheckpointError) in
      throw .system(operation: "fill", path: "w", reason: "test")
    }
    #expect(throws: CheckpointError.self) {
      try CheckpointWriter.write(
        CheckpointState(step: 6, epoch: 0, position: 0, seed: 0), model: [broken],
        toFolder: folder.path)
    }
    #expect(try folder.names == ["latest", "step-00000005.h5"])
    #expect(try CheckpointReader(folder("latest")).contents() == checkpoint(step: 5))
  }
}
