import ArgumentParser
import Foundation
import Parallelism
import Training

struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure speed.",
    subcommands: [
      BenchTrain.self, BenchAllReduce.self, BenchAggregate.self, BenchData.self,
    ])
}

struct BenchTrain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Measure the training step of a job, without input and output.",
    discussion: """
      Data is synthetic in the model's shape, so that no files are needed; the rest (plan, all-reduce, \
      update) is the training's. Prints the median step and the time of each op.
      """)

  @OptionGroup var job: JobOptions

  @Option(help: "Measured steps.")
  var steps = 50

  @Option(help: "Steps before measuring.")
  var warmup = 10

  @Flag(help: "Print one JSON object: stepMicroseconds (median), samplesPerSecond, ops.")
  var json = false

  @Flag(
    help:
      "Measure what a step is made of instead, and what the sum over ranks costs it: steps with and without the sum in turns."
  )
  var efficiency = false

  @Flag(help: "With --efficiency: read the job's own samples in each step, as a training does.")
  var input = false

  @Option(
    help: ArgumentHelp(
      "With --efficiency: also write a checkpoint to this folder and measure what it costs.",
      valueName: "DIR"),
    completion: .directory)
  var checkpoint: String?

  @Option(
    help: ArgumentHelp(
      "Measure what a plan needs, and write it to this file. On one rank; the job's globalBatch is the batch of a rank.",
      valueName: "file"))
  var profile: String?

  @Option(
    help: ArgumentHelp(
      "Sleep as long as this profile says in place of computing: sums over ranks and overlap are real, though ranks share cores. The job's globalBatch is the profile's times the ranks.",
      valueName: "profile"))
  var simulateCompute: String?

  @Flag(
    help:
      "Sum everything by one blocking call when the backward pass has ended, in place of buckets that overlap."
  )
  var sumAtEnd = false

  @Option(
    help: ArgumentHelp(
      "Write what each rank did when to this file, for Perfetto or chrome://tracing.",
      valueName: "file"))
  var trace: String?

  func validate() throws {
    guard profile == nil || simulateCompute == nil && !efficiency else {
      throw ValidationError("--profile measures: leave --simulate-compute and --efficiency out")
    }
    guard trace == nil || profile == nil && !efficiency else {
      throw ValidationError("--trace goes without --profile and --efficiency")
    }
    guard steps >= 1 else { throw ValidationError("--steps must be at least 1") }
    guard warmup >= 1 else { throw ValidationError("--warmup must be at least 1") }
    guard efficiency || !input && checkpoint == nil else {
      throw ValidationError("--input and --checkpoint go with --efficiency")
    }
  }

  func run() throws {
    Launch.onAllRanks { world in
      let settings = try world.agreeing { try job.load() }
      if efficiency {
        let report = try SynchronizationBenchmark(settings, readsInput: input, on: world)
          .run(steps: steps, warmup: warmup, checkpointFolder: checkpoint)
        if world.isRoot { Console.print(json ? report.json : report.line) }
        return
      }
      if let profile {
        let measured = try ProfileBenchmark(settings, name: job.name, on: world)
          .run(steps: max(3, steps))
        try measured.write(to: profile)
        return Console.print(measured.line)
      }
      let simulated = try world.agreeing { try simulateCompute.map(StepProfile.init(file:)) }
      let report = try StepBenchmark(
        settings, on: world, simulating: simulated, sumsAtEnd: sumAtEnd
      ).run(steps: steps, warmup: warmup, trace: trace)
      if world.isRoot { Console.print(json ? report.json : report.table) }
    }
  }
}
