import Datasets
import Foundation
public import MPI
import Parallelism

/// Measures what the sum over ranks costs a job's training step: steps with and without it in turns, on
/// the same ranks at the same time, so that memory and cores that ranks share are not counted as
/// communication.
public final class SynchronizationBenchmark {
  /// What was measured, the same on all ranks.
  public struct Report: Sendable {
    /// Ranks of the job.
    public let ranks: Int
    /// Median time of a step with the sum over ranks, mean over ranks.
    public let withSum: Double
    /// The same without.
    public let withoutSum: Double
    /// Parameters that are summed, with padding.
    public let parameterCount: Int
    /// The all-reduce.
    public let algorithm: String

    /// The share of a step that is not spent on the sum over ranks.
    public var efficiency: Double { withoutSum / withSum }

    /// One line.
    public var line: String {
      String(
        format:
          "%d ranks, %@: step %.1f us with the sum over ranks, %.1f us without; efficiency %.1f %%",
        ranks, algorithm, withSum, withoutSum, 100 * efficiency)
    }

    /// One JSON object.
    public var json: String {
      String(
        format:
          "{\"ranks\":%d,\"algorithm\":\"%@\",\"stepMicroseconds\":%.3f,\"aloneMicroseconds\":%.3f,\"efficiency\":%.5f,\"parameters\":%d}",
        ranks, algorithm, withSum, withoutSum, efficiency, parameterCount)
    }
  }

  private let world: Communicator
  private let parallel: DataParallel
  private let data: TrainingData
  private var source: any SampleSource { data.train }
  private let job: Job

  /// Compiles the job's step. Collective.
  public init(_ job: Job, on world: Communicator) throws {
    self.job = job
    self.world = world
    data = try world.agreeing { try job.syntheticTwin() }
    let threads = try job.training.threads ?? Threads.perRank(on: world)
    parallel = try DataParallel(
      job.parallelSettings(threads: threads), optimizer: job.optimizer.policy, on: world)
  }

  /// Measures. Collective, blocking.
  ///
  /// - Parameters:
  ///   - steps: measured steps of each kind, at least 1.
  ///   - warmup: steps of each kind before, at least 1.
  public func run(steps: Int, warmup: Int) throws -> Report {
    let schedule = job.schedule(epoch: 0, of: data, parallel.microBatches)
    let readers = (0..<parallel.settings.threads).map { _ in
      BatchReader(source: source, capacity: max(1, schedule.largestMicroBatch))
    }
    var times: [[Double]] = [[], []]
    for step in 0..<2 * (warmup + steps) {
      let isSynchronized = step % 2 == 0
      try world.barrier()
      let start = wallClock()
      _ = try parallel.step(
        samples: source.count, step: step + 1, learningRate: 1e-9, isSynchronized: isSynchronized,
        size: { schedule.positions(step: 0, microBatch: $0).count },
        load: { worker, microBatch, executor in
          guard step < 2 * warmup else { return }
          try executor.load(
            step: 0, microBatch: microBatch, of: schedule, seed: 0, from: readers[worker])
        })
      if step >= 2 * warmup { times[isSynchronized ? 0 : 1].append((wallClock() - start) * 1e6) }
    }
    let medians = times.map { $0.sorted()[steps / 2] }
    let means = try medians.map { try world.allReduce($0, .sum) / Double(world.size) }
    return Report(
      ranks: world.size, withSum: means[0], withoutSum: means[1],
      parameterCount: parallel.state.map.trainedCount, algorithm: parallel.algorithm)
  }
}
