import Dispatch
import Foundation
import Synchronization

/// A program that was run to its end.
public struct ChildRun: Sendable {
  /// How it ended; 128 and the signal's number if by one.
  public var exitCode: Int32
  /// What it printed.
  public var output: String
  /// What it said on standard error.
  public var errors: String

  /// An ended run; see the properties.
  public init(exitCode: Int32, output: String, errors: String = "") {
    (self.exitCode, self.output, self.errors) = (exitCode, output, errors)
  }

  /// Runs `words`, found in PATH, and waits. An interrupt or a request to end is passed on to the
  /// program, and ends this process when the program has ended. Blocks.
  ///
  /// - Throws: `ScalingError` if the program cannot be started.
  public static func run(_ words: [String]) throws -> ChildRun {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words
    let (output, errors) = (Pipe(), Pipe())
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = errors
    let signals = Signals(for: process)
    do {
      try process.run()
    } catch {
      throw ScalingError.refused("\(words.first ?? ""): cannot be started (\(error))")
    }
    // Both pipes at once: a full one would stop the program.
    let said = Mutex(Data())
    let group = DispatchGroup()
    DispatchQueue.global().async(group: group) {
      let data = errors.fileHandleForReading.readDataToEndOfFile()
      said.withLock { $0 = data }
    }
    let printed = output.fileHandleForReading.readDataToEndOfFile()
    group.wait()
    process.waitUntilExit()
    signals.end()
    let isSignal = process.terminationReason == .uncaughtSignal
    return ChildRun(
      exitCode: process.terminationStatus + (isSignal ? 128 : 0),
      output: String(decoding: printed, as: UTF8.self),
      errors: said.withLock { String(decoding: $0, as: UTF8.self) })
  }

  /// Signals to this process while a program runs, which has a process group of its own and would not
  /// get those of the terminal.
  private final class Signals {
    private let sources: [any DispatchSourceSignal]
    private let received = Received()

    /// The last signal; 0 for none.
    private final class Received: Sendable {
      let number = Mutex(Int32(0))
    }

    init(for process: Process) {
      let numbers = [SIGINT, SIGTERM, SIGHUP]
      sources = numbers.map { number in
        signal(number, SIG_IGN)
        return DispatchSource.makeSignalSource(signal: number, queue: .global())
      }
      for (number, source) in zip(numbers, sources) {
        source.setEventHandler { [received] in
          received.number.withLock { $0 = number }
          process.terminate()
        }
        source.activate()
      }
    }

    func end() {
      for source in sources { source.cancel() }
      for number in [SIGINT, SIGTERM, SIGHUP] { signal(number, SIG_DFL) }
      let number = received.number.withLock { $0 }
      if number != 0 { raise(number) }
    }
  }
}
