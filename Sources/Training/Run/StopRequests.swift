import Foundation
import Glibc
import Synchronization

/// What a person, a batch system or the clock has asked of a running training.
///
/// Signal handlers only set a flag. After each step the requests of all ranks are added up on the
/// way of the gradients, so that all ranks act on the same step:
///
///     SIGUSR1, a file `save`, `checkpoint.everyMinutes` write a checkpoint, go on
///     SIGUSR2, SIGTERM, a file `stop`, the time limit  write a checkpoint, end with exit code 75
///
/// The files are looked for in the output folder.
enum StopRequest {
  static let none: Float = 0
  static let save: Float = 1
  /// More than the saves of all ranks together.
  static let stop: Float = 65_536

  /// Whether the sum over ranks asks for a stop.
  static func isStop(_ sum: Float) -> Bool { sum >= stop }
}

/// Flags that the handlers set; global, because a handler gets no argument.
private let saveFlag = Atomic(false)
private let stopFlag = Atomic(false)

/// Watches for requests on one rank.
final class StopRequests {
  /// Seconds between looks at the output folder.
  private static let filePeriod = 1.0

  private let folder: RunFolder?
  private let deadline: Date?
  private let savePeriod: Double?
  private var lastSave = Date()
  private var lastLook = Date.distantPast
  /// The longest a checkpoint has taken: time to be kept in hand before the deadline.
  private var checkpointSeconds = 1.0

  /// Installs the handlers.
  ///
  /// - Parameters:
  ///   - folder: Where to look for request files; nil for ranks that leave that to the root.
  ///   - deadline: When the job ends; nil if nobody said, or on ranks that leave that to the root.
  ///   - savePeriod: Seconds from one checkpoint to the next; nil if the clock does not ask for any, or
  ///     on ranks that leave that to the root.
  init(folder: RunFolder?, deadline: Date?, savePeriod: Double? = nil) {
    self.folder = folder
    self.deadline = deadline
    self.savePeriod = savePeriod
    // The flags exist before a handler can touch them.
    saveFlag.store(false, ordering: .relaxed)
    stopFlag.store(false, ordering: .relaxed)
    // `trireme train ... | head` must not end the training.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGUSR1) { _ in saveFlag.store(true, ordering: .relaxed) }
    signal(SIGUSR2) { _ in stopFlag.store(true, ordering: .relaxed) }
    signal(SIGTERM) { _ in stopFlag.store(true, ordering: .relaxed) }
  }

  /// Learns how long a checkpoint takes.
  func noteCheckpoint(seconds: Double) { checkpointSeconds = max(checkpointSeconds, seconds) }

  /// Notes that a checkpoint was begun, for whatever reason.
  func noteSave() { lastSave = Date() }

  /// This rank's request, once.
  func take() -> Float {
    var request = StopRequest.none
    if saveFlag.exchange(false, ordering: .relaxed) { request = StopRequest.save }
    if stopFlag.exchange(false, ordering: .relaxed) { request = StopRequest.stop }
    let now = Date()
    if let savePeriod, now.timeIntervalSince(lastSave) >= savePeriod {
      request = max(request, StopRequest.save)
    }
    if let deadline, now.addingTimeInterval(2 * checkpointSeconds + 2) > deadline {
      request = StopRequest.stop
    }
    guard let folder, now.timeIntervalSince(lastLook) > Self.filePeriod else { return request }
    lastLook = now
    if consume(folder.saveFile) { request = max(request, StopRequest.save) }
    if consume(folder.stopFile) { request = StopRequest.stop }
    return request
  }

  /// Whether the file was there; it is removed, so that it asks once.
  private func consume(_ path: String) -> Bool { unlink(path) == 0 }
}
