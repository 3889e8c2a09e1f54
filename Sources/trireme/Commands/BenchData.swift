import ArgumentParser
import Datasets
import Foundation
import Training

struct BenchData: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Measure the reading of shards, without any training.",
    discussion: """
      Reads whole epochs, each from files that were just opened, in batches as a training does, and \
      prints the median. Benchmarks/h5dread.c is the bare loop to compare with.
      """)

  @Argument(help: "Shards, or patterns in quotes.", completion: .file(extensions: ["h5"]))
  var files: [String]

  @Option(help: "global, shards or none.")
  var shuffle = "shards"

  @Option(help: "Samples of a batch.")
  var batch = 64

  @Option(help: "Epochs.")
  var epochs = 5

  @Option(help: "Memory for samples.")
  var cacheMegabytes = 192.0

  func validate() throws {
    guard Shuffle(rawValue: shuffle) != nil else {
      throw ValidationError("--shuffle is global, shards or none")
    }
    guard batch >= 1, epochs >= 1 else {
      throw ValidationError("--batch and --epochs must be at least 1")
    }
  }

  func run() throws {
    Launch.here {
      let report = try LoaderBenchmark(
        files, shuffle: Shuffle(rawValue: shuffle) ?? .shards, batch: batch,
        cacheMegabytes: cacheMegabytes
      ).run(epochs: epochs)
      Console.print(
        String(
          format: "%.0f samples/s, %.1f MB/s as stored (median of %d epochs of %d samples)",
          report.samplesPerSecond, report.megabytesPerSecond, epochs, report.samples))
    }
  }
}
