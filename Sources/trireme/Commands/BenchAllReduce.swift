import ArgumentParser
import Collectives
import Foundation
import Training

struct BenchAllReduce: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "allreduce",
    abstract: "Measure all-reduce algorithms against MPI's own and against memory.",
    discussion: """
      Run it on the ranks of a job: mpirun -n 2 trireme bench allreduce. All algorithms are measured in \
      turns in one process, and the medians are shown. The roofline is what memory carries when all \
      ranks stream b[i] += a[i].
      """)

  @Option(help: "Bytes of a buffer, separated by commas.")
  var sizes = "4096,65536,1048576,26214400"

  @Option(
    help: ArgumentHelp(
      "Algorithms, separated by commas; all that can run if not given.",
      discussion: "Any of \(AllReduceChoice.allCases.map(\.rawValue).joined(separator: ", "))."))
  var algorithms: String?

  @Option(name: .customLong("repeat"), help: "Turns of each algorithm.")
  var turns = 21

  @Flag(help: "Write each buffer before each call, as a trainer does; that is not counted.")
  var written = false

  @Option(help: "The model by which auto chooses, as --tune wrote it.")
  var model: String?

  @Option(help: "Measure latency and rate of each path, and write the model here.")
  var tune: String?

  @Flag(help: "Print one JSON object: rows, rooflineGBps.")
  var json = false

  func validate() throws {
    _ = try byteCounts()
    _ = try choices()
    guard turns >= 1 else { throw ValidationError("--repeat must be at least 1") }
  }

  func run() throws {
    let (sizes, choices) = (try byteCounts(), try choices())
    Launch.onAllRanks { world in
      var model = try world.agreeing {
        try self.model.map { try AllReduceModel(file: $0) } ?? AllReduceModel()
      }
      if let tune {
        model = try AllReduceModel.measured(on: world)
        try world.agreeing { if world.isRoot { try model.write(toFile: tune) } }
      }
      let isOnOneNode = try world.node().size == world.size
      let report = try AllReduceBenchmark(
        on: world,
        choices: choices ?? AllReduceChoice.allCases.filter { $0 != .window || isOnOneNode },
        sizes: sizes, turns: turns, isWritten: written, model: model
      ).run()
      if world.isRoot { Console.print(json ? report.json : report.table) }
    }
  }

  private func byteCounts() throws -> [Int] {
    try sizes.split(separator: ",").map { word in
      guard let size = Int(word), size >= 4 else {
        throw ValidationError("--sizes: '\(word)' is not a number of bytes of at least 4")
      }
      return size
    }
  }

  private func choices() throws -> [AllReduceChoice]? {
    try algorithms?.split(separator: ",").map { word in
      guard let choice = AllReduceChoice(rawValue: String(word)) else {
        let known = AllReduceChoice.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("--algorithms: '\(word)' is none of \(known)")
      }
      return choice
    }
  }
}
