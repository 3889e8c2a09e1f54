import Foundation
import MPI
import Synchronization

/// A thread that ends the job when a test hangs, and says which rank hangs where.
///
/// Every rank has one. The rank that waits and the rank waited for both print their place before
/// the first of them ends the job.
final class Watchdog: Sendable {
  static let shared = Watchdog()
  /// The exit code of a job that hung.
  static let exitCode: Int32 = 99

  private struct Watched {
    let test: String
    let seconds: Double
    let deadline: Double
    var step: String
  }
  private let watched = Mutex<Watched?>(nil)

  private init() {
    let thread = Thread { [weak self] in
      while let self {
        self.look()
        Thread.sleep(forTimeInterval: 0.1)
      }
    }
    thread.start()
  }

  /// From now on `test` must come to `rest()` within `seconds`.
  func watch(_ test: String, seconds: Double) {
    watched.withLock {
      $0 = Watched(test: test, seconds: seconds, deadline: now + seconds, step: "start")
    }
  }

  /// Names what the test does now.
  func step(_ name: String) { watched.withLock { $0?.step = name } }

  /// The test has ended.
  func rest() { watched.withLock { $0 = nil } }

  private var now: Double { ProcessInfo.processInfo.systemUptime }

  private func look() {
    guard let late = watched.withLock({ $0 }), now > late.deadline else { return }
    let world = Ranks.world
    let line =
      "rank \(world.rank) of \(world.size) on \(world.processorName) hangs: \(late.test) did not end "
      + "within \(late.seconds) s, last step: \(late.step)\n"
    FileHandle.standardError.write(Data(line.utf8))
    Thread.sleep(forTimeInterval: 1)
    abortAllRanks(exitCode: Self.exitCode)
  }
}
