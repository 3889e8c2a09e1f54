import Collectives
import Datasets
import Engine
import Foundation
public import MPI
public import Parallelism

/// Measures what a job's step is made of on one rank: what plans and simulated runs start from.
public final class ProfileBenchmark {
  private let job: Job
  private let name: String
  private let world: Communicator

  /// - Parameters:
  ///   - job: its global batch is the batch of a rank.
  ///   - name: for tables.
  ///   - world: one rank.
  public init(_ job: Job, name: String, on world: Communicator) {
    var job = job
    // One micro-batch, as a rank of many has it.
    job.training.microBatches = nil
    job.training.threads = 1
    self.job = job
    self.name = name
    self.world = world
  }

  /// Measures. Blocking; some seconds.
  ///
  /// - Parameters:
  ///   - steps: measured steps of the full batch, at least 3.
  ///   - hasLoads: whether smaller batches are measured too.
  public func run(steps: Int = 50, hasLoads: Bool = true) throws -> StepProfile {
    guard world.size == 1 else {
      throw Failure(
        .usage, "a profile is measured on one rank, here are \(world.size): leave mpirun out")
    }
    var profile = try measure(job.training.globalBatch, steps: steps)
    var batch = job.training.globalBatch / 2
    while hasLoads, batch >= 1, profile.loads.count < 6 {
      let small = try measure(batch, steps: max(5, steps / 4))
      profile.loads.insert(
        .init(samples: batch, microseconds: small.computeMicroseconds), at: 0)
      batch = batch > 4 ? batch / 4 : batch / 2
    }
    return profile
  }

  private func measure(_ batch: Int, steps: Int) throws -> StepProfile {
    var job = job
    job.training.globalBatch = batch
    var settings = try job.parallelSettings(threads: 1, on: world)
    // As ranks of many do, whose gradients are summed first.
    settings.descends = false
    let parallel = try DataParallel(settings, optimizer: job.optimizer.policy, on: world)
    let plan = parallel.plan.plan
    let times = try Self.steps(job, parallel, count: steps)
    let whole = times[times.count / 2]
    let update = Self.median(of: 11) { parallel.update(step: 1, learningRate: 0) }
    let ops = try StepBenchmark.opMicroseconds(of: job, parallel, repetitions: 20)
    // Each op was measured by itself, with two looks at the clock; together they are the step.
    let scale = max(0.1, (whole - update) / max(1e-3, ops.reduce(0, +)))
    let results = plan.results
    let entries = plan.parameters.entries
    let trained = plan.parameters.trainedCount
    let places = entries.indices.filter { entries[$0].isTrained }.map {
      StepProfile.Parameter(
        end: entries[$0].offset + entries[$0].storedCount, readyAfterOp: results[$0].readyAfterStep)
    }
    let need = parallel.memoryNeed
    return StepProfile(
      job: name, samples: batch, opMicroseconds: ops.map { $0 * scale },
      parameters: places.sorted { $0.end < $1.end },
      extraCount: plan.resultCount + 16 - trained,
      extraReadyAfterOp: results.filter { $0.offset >= trained }.map(\.readyAfterStep).max() ?? 0,
      updateMicroseconds: update,
      // Half of the middle two thirds: the deviation, if it is normal, whatever single steps did.
      jitterMicroseconds: (times[times.count * 5 / 6] - times[times.count / 6]) / 2,
      addRate: Self.addRate(),
      memory: .init(
        parameters: need.parameters, optimizer: need.optimizer, gradients: need.gradients,
        activations: need.activations))
  }

  /// Microseconds of steps, ascending.
  private static func steps(
    _ job: Job, _ parallel: DataParallel, count: Int
  ) throws -> [Double] {
    let data = try job.syntheticTwin()
    let schedule = job.schedule(epoch: 0, of: data, parallel.microBatches)
    let reader = BatchReader(source: data.train, capacity: max(1, schedule.largestMicroBatch))
    var times: [Double] = []
    for step in 0..<count + 5 {
      let start = wallClock()
      _ = try parallel.step(
        samples: data.train.count, step: step + 1, learningRate: 1e-9,
        size: { schedule.positions(step: 0, microBatch: $0).count },
        load: { _, microBatch, executor in
          guard step < 5 else { return }
          try executor.load(
            step: 0, microBatch: microBatch, of: schedule, seed: 0, from: reader)
        })
      if step >= 5 { times.append((wallClock() - start) * 1e6) }
    }
    return times.sorted()
  }

  /// What a core adds to a segment of the ring: gigabytes a second.
  private static func addRate() -> Double {
    let (source, target) = (FloatMemory(count: 1 << 16), FloatMemory(count: 1 << 16))
    let microseconds = median(of: 31) {
      Float.add(source.base, to: target.base, count: target.count)
    }
    return Double(4 << 16) / max(microseconds, 1e-3) / 1e3
  }

  private static func median(of count: Int, _ body: () -> Void) -> Double {
    let times = (0..<count).map { _ in
      let start = wallClock()
      body()
      return (wallClock() - start) * 1e6
    }
    return times.sorted()[count / 2]
  }
}
