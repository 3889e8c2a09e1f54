import Foundation
import MPI
import Parallelism

/// Writes the timelines of all ranks to one file, for Perfetto or `chrome://tracing`.
enum TraceFile {
  /// Ranks give their events to the root one after the other, which writes them. Collective, blocking.
  ///
  /// - Throws: `AgreedFailure` if the file cannot be written.
  static func write(_ timeline: Timeline, to path: String, on world: Communicator) throws {
    let text = timeline.chromeEvents(rank: world.rank, host: world.processorName)
      .joined(separator: ",\n")
    let handle = try world.agreeing { () -> FileHandle? in
      guard world.isRoot else { return nil }
      guard FileManager.default.createFile(atPath: path, contents: nil),
        let handle = FileHandle(forWritingAtPath: path)
      else { throw Failure(.inputOutput, "\(path): cannot be written; choose another --trace") }
      return handle
    }
    for rank in 0..<world.size {
      // An empty text is from those whose turn it is not.
      let part = try world.allGather(rank == world.rank ? text : "")[rank]
      guard let handle else { continue }
      let head = rank == 0 ? "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n" : ",\n"
      let tail = rank == world.size - 1 ? "\n]}\n" : ""
      do {
        try handle.write(contentsOf: Data((head + part + tail).utf8))
      } catch {
        Console.error("trireme: \(path): \(Failure.reason(of: error))")
      }
    }
    try handle?.close()
  }
}
