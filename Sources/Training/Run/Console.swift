import Foundation

/// Lines on the terminal.
public enum Console {
  /// Prints a line and flushes, so that logs of jobs are complete when a job is killed.
  public static func print(_ line: String) {
    write(line + "\n", to: stdoutHandle)
  }

  /// Prints a line on standard error.
  public static func error(_ line: String) {
    write(line + "\n", to: .standardError)
  }

  /// Whether standard output is a terminal.
  public static var isTerminal: Bool { isatty(1) == 1 }

  /// Replaces the current line of a terminal.
  static func redraw(_ line: String) { write("\r\u{1B}[2K" + line, to: stdoutHandle) }

  /// Ends a line that was redrawn.
  static func clearLine() { write("\r\u{1B}[2K", to: stdoutHandle) }

  private static var stdoutHandle: FileHandle { .standardOutput }

  private static func write(_ text: String, to handle: FileHandle) {
    // A closed pipe (`trireme ... | head`) is no reason to stop a training.
    try? handle.write(contentsOf: Data(text.utf8))
  }
}
