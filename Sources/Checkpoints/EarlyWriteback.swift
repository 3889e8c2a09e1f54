import CKernels
import Foundation

/// A thread that has the system write a growing file to the disk while it is still being filled.
///
///     without   | fill the page cache | fsync: all of it to the disk |
///     with      | fill the page cache |
///                  | to the disk ...  | fsync: the rest |
///
/// Only a hint (`sync_file_range(2)`): that the content is on the disk is for `fsync` to say.
final class EarlyWriteback: Sendable {
  private let isEnding = DispatchSemaphore(value: 0)
  private let hasEnded = DispatchSemaphore(value: 0)

  /// Starts for a file that may not be there yet.
  init(of path: String) {
    let thread = Thread { [self] in
      var descriptor: Int32 = -1
      while isEnding.wait(timeout: .now() + .milliseconds(20)) == .timedOut {
        if descriptor < 0 { descriptor = open(path, O_RDONLY | O_CLOEXEC) }
        if descriptor >= 0 { ck_start_writeback(descriptor) }
      }
      if descriptor >= 0 { close(descriptor) }
      hasEnded.signal()
    }
    thread.name = "write-back"
    thread.start()
  }

  /// Ends the thread; blocks until it has, which a small file does not wait for.
  func end() {
    isEnding.signal()
    hasEnded.wait()
  }
}
