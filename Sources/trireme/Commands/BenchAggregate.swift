import ArgumentParser
import Federated
import Training

struct BenchAggregate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "aggregate",
    abstract: "Measure the mean of one update a rank, without a server and with one.",
    discussion: """
      Without training: every rank has an update, as every silo has after a round. The server is rank 0: \
      it receives the updates of the others in turn, adds each to its own and broadcasts the mean. Both \
      are measured in turns in one process; memory is the most that a rank has had, program and all.

          mpirun -n 7 trireme bench aggregate --size 400000000
      """)

  @Option(help: "Bytes of an update of 32-bit floats.")
  var size = 100_000_000

  @Option(name: .customLong("repeat"), help: "Turns of each.")
  var turns = 5

  @Flag(
    help:
      "Print one JSON object: ranks, bytes, seconds, peakBytes, serverSeconds, serverPeakBytes, ratio."
  )
  var json = false

  func validate() throws {
    guard size >= 4 else { throw ValidationError("--size must be at least 4 bytes") }
    guard turns >= 1 else { throw ValidationError("--repeat must be at least 1") }
  }

  func run() throws {
    Launch.onAllRanks { world in
      let report = try AggregationBenchmark(on: world, count: size / 4, turns: turns).run()
      if world.isRoot { Console.print(json ? report.json : report.table) }
    }
  }
}
