import Foundation
import Synchronization

/// Lines on the terminal.
public enum Console {
  /// Prints a line and flushes, so that logs of jobs are complete when a job is killed.
  public static func print(_ line: String) {
    clearBar()
    write(line + "\n", to: .standardOutput)
  }

  /// Prints a part of a line at once.
  public static func printPart(_ text: String) { write(text, to: .standardOutput) }

  /// Prints a line on standard error.
  public static func error(_ line: String) {
    clearBar()
    write(line + "\n", to: .standardError)
  }

  /// Whether lines may be redrawn: standard output ends at a terminal.
  public static var isTerminal: Bool {
    guard isatty(1) == 1, environment["TERM"] != "dumb" else { return false }
    guard environment["OMPI_COMM_WORLD_RANK"] != nil else { return true }
    // Open MPI gives rank 0 a pseudo-terminal whatever becomes of the output, so it is mpirun's own
    // output that counts. Without it above (another host, /proc closed) there are plain lines.
    let output = "/proc/\(getppid())/fd/1"
    guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: output) else {
      return false
    }
    return target.hasPrefix("/dev/pts/") || target.hasPrefix("/dev/tty")
  }

  private static var environment: [String: String] { ProcessInfo.processInfo.environment }

  /// A number of any size in about six characters, for people.
  static func short(_ value: Double) -> String {
    abs(value) < 1e5 ? String(format: "%.4f", value) : String(format: "%.3g", value)
  }

  /// Replaces the current line of a terminal by a progress bar, which the next line replaces.
  static func redraw(_ line: String) {
    hasBar.withLock { $0 = true }
    write("\r\u{1B}[2K" + line, to: .standardOutput)
  }

  /// Removes the progress bar, if there is one.
  public static func clearBar() {
    let isThere = hasBar.withLock { value in
      defer { value = false }
      return value
    }
    if isThere { write("\r\u{1B}[2K", to: .standardOutput) }
  }

  private static let hasBar = Mutex(false)

  private static func write(_ text: String, to handle: FileHandle) {
    // A closed pipe (`trireme ... | head`) is no reason to stop a training.
    try? handle.write(contentsOf: Data(text.utf8))
  }
}
