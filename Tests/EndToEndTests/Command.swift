import Foundation
import Testing

/// A run of the command to its end.
struct Command {
  let exitCode: Int32
  let stdout: String
  let stderr: String

  struct TimedOut: Error { let command: String }

  /// Runs `trireme` with `arguments`: by itself, or under mpirun on so many ranks.
  ///
  /// - Throws: `TimedOut`, after the test was failed and all processes killed.
  @discardableResult static func run(
    _ arguments: String..., ranks: Int? = nil, timeout: Double = 60,
    environment: [String: String] = [:], folder: String? = nil
  ) throws -> Command {
    try run(
      words: words(arguments, ranks: ranks), timeout: timeout, environment: environment,
      folder: folder)
  }

  @discardableResult static func run(
    _ arguments: [String], ranks: Int? = nil, timeout: Double = 60
  ) throws -> Command {
    try run(words: words(arguments, ranks: ranks), timeout: timeout)
  }

  /// Runs any program.
  static func run(
    words: [String], timeout: Double = 60, environment: [String: String] = [:],
    folder: String? = nil
  ) throws -> Command {
    let running = try RunningCommand(words, environment: environment, folder: folder)
    return try end(of: running, words, timeout: timeout)
  }

  /// Waits for the end of a command that was started with `words`.
  static func end(
    of running: RunningCommand, _ words: [String], timeout: Double = 60
  ) throws -> Command {
    let name = words.joined(separator: " ")
    guard case .code(let code) = running.wait(seconds: timeout) else {
      Issue.record(
        "\(name)\ndid not end within \(timeout) s and was killed\n\(running.stdout)\(running.stderr)"
      )
      throw TimedOut(command: name)
    }
    if running.leavesProcesses(seconds: 5) {
      Issue.record("\(name)\nended, but left processes behind")
    }
    return Command(exitCode: code, stdout: running.stdout, stderr: running.stderr)
  }

  /// The words that start `trireme`.
  static func words(_ arguments: [String], ranks: Int?) -> [String] {
    let launcher = ranks.map { ["mpirun", "-n", "\($0)", "--oversubscribe"] } ?? []
    return launcher + [EndToEnd.trireme] + arguments
  }

  /// Whether a program is installed.
  static func isInstalled(_ program: String) -> Bool {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
    }
  }
}
