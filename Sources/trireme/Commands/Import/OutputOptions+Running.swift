import MPI
import Training

extension OutputOptions {
  /// Runs an import on all ranks, says what was written, and ends the process.
  func run(_ body: @escaping (ImportRun) throws -> [String]) -> Never {
    Launch.onAllRanks { world in
      let paths = try body(ImportRun(into: output, replacing: replace, on: world))
      if world.isRoot {
        for path in paths { Console.print(path) }
      }
    }
  }
}
