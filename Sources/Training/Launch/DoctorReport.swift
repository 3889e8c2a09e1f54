import Foundation

/// What the doctor found: one finding a check.
public struct DoctorReport: Codable, Sendable, Equatable {
  /// How serious a finding is.
  public enum Status: String, Codable, Sendable {
    /// As it should be.
    case ok
    /// Works, but slowly or by luck.
    case warning
    /// Must be mended before a training is worth starting.
    case problem
  }

  /// The result of one check.
  public struct Finding: Codable, Sendable, Equatable {
    /// The check: `ranks`, `binary`, `cores`, `binding`, `memory`, `output` or `clocks`.
    public var name: String
    /// How serious it is.
    public var status: Status
    /// What was found, where.
    public var message: String
    /// What to do; nil if all is well.
    public var mend: String?

    static func ok(_ name: String, _ message: String) -> Finding {
      Finding(name: name, status: .ok, message: message)
    }

    static func warning(_ name: String, _ message: String, mend: String) -> Finding {
      Finding(name: name, status: .warning, message: message, mend: mend)
    }

    static func problem(_ name: String, _ message: String, mend: String) -> Finding {
      Finding(name: name, status: .problem, message: message, mend: mend)
    }
  }

  /// The number of ranks.
  public var ranks: Int
  /// The number of hosts.
  public var hosts: Int
  /// The findings, in a fixed order.
  public var checks: [Finding]

  /// `usage` if something must be mended, else `done`.
  public var exitCode: ExitCode {
    checks.contains { $0.status == .problem } ? .usage : .done
  }

  /// Ends the command with `usage` if something must be mended; all ranks hold the same report.
  ///
  /// - Throws: `AgreedFailure`.
  public func endIfBad() throws {
    if exitCode != .done { throw AgreedFailure(exitCode: exitCode) }
  }

  /// One line a finding: `ok       ranks    4 ranks on 2 hosts`.
  public var text: String {
    checks.map { check in
      let columns =
        check.status.rawValue.padding(toLength: 9, withPad: " ", startingAt: 0)
        + check.name.padding(toLength: 9, withPad: " ", startingAt: 0)
      return columns + check.message + (check.mend.map { ": " + $0 } ?? "")
    }
    .joined(separator: "\n")
  }

  /// One JSON object: `ranks`, `hosts`, `checks` (`name`, `status`, `message`, `mend`).
  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }
}
