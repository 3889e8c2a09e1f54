import Datasets
import Engine
import Foundation
public import MPI
public import Parallelism

/// Times a job's training step without files.
public final class StepBenchmark {
  /// What was measured.
  public struct Report: Sendable {
    /// Median time of a step.
    public let stepMicroseconds: Double
    /// Samples of all ranks in a second.
    public let samplesPerSecond: Double
    /// One step of a full micro-batch, kernel by kernel; medians.
    public let ops: [Op]
    /// What the plan needs.
    public let reorders: Int
    /// Bytes of the arena for activations.
    public let arenaBytes: Int
    /// What one core does at most, by a matrix product in its cache: billions of operations a second.
    public let peakGigaflops: Double
    /// Parameters including padding.
    public let parameterCount: Int

    /// One kernel.
    public struct Op: Sendable {
      /// The graph's op.
      public let name: String
      /// The layer.
      public let scope: String
      /// The code that ran.
      public let kernel: String
      /// Median time.
      public let microseconds: Double
      /// Billions of floating-point operations a second.
      public let gigaflops: Double
    }
  }

  private let job: Job
  private let world: Communicator
  private let parallel: DataParallel
  private let data: TrainingData
  private var source: any SampleSource { data.train }

  /// Compiles the job's step. Collective.
  ///
  /// - Parameters:
  ///   - profile: what to sleep in place of computing; nil: ranks compute.
  ///   - sumsAtEnd: whether everything is summed by one blocking call, in place of buckets that overlap.
  public init(
    _ job: Job, on world: Communicator, simulating profile: StepProfile? = nil,
    sumsAtEnd: Bool = false
  ) throws {
    var job = job
    if profile != nil {
      job.training.threads = 1
      job.training.microBatches = nil
    }
    self.job = job
    self.world = world
    data = try world.agreeing { try job.syntheticTwin() }
    let threads = try job.training.threads ?? Threads.perRank(on: world)
    var settings = try job.parallelSettings(threads: threads, on: world)
    settings.sumsAtEnd = sumsAtEnd
    parallel = try DataParallel(settings, optimizer: job.optimizer.policy, on: world)
    guard let profile else { return }
    try world.agreeing {
      let ops = parallel.plan.plan.stepCount
      guard profile.opMicroseconds.count == ops else {
        throw Failure(
          .usage,
          "the profile of \(profile.job) has \(profile.opMicroseconds.count) ops, the step of this job has \(ops): measure it anew with bench train --profile, with \(job.training.globalBatch / world.size) samples"
        )
      }
    }
    parallel.simulatedProfile = profile
  }

  private var isSimulated: Bool { parallel.simulatedProfile != nil }

  /// Measures. Collective, blocking.
  ///
  /// - Parameters:
  ///   - steps: Measured steps, at least 1.
  ///   - warmup: Steps before, at least 1: they read the inputs, which then stay as they are.
  ///   - trace: A file for what each rank did when in the measured steps; nil: none is kept.
  public func run(steps: Int, warmup: Int, trace: String? = nil) throws -> Report {
    let schedule = job.schedule(epoch: 0, of: data, parallel.microBatches)
    let readers = (0..<parallel.settings.threads).map { _ in
      BatchReader(source: source, capacity: max(1, schedule.largestMicroBatch))
    }
    var times: [Double] = []
    for step in 0..<(warmup + steps) {
      try world.barrier()
      if trace != nil, step == warmup {
        parallel.timeline = Timeline(threads: parallel.settings.threads)
      }
      let start = wallClock()
      _ = try parallel.step(
        samples: source.count, step: step + 1,
        learningRate: job.optimizer.schedule.learningRate(step: step + 1),
        size: { schedule.positions(step: 0, microBatch: $0).count },
        load: { worker, microBatch, executor in
          guard step < warmup else { return }
          try executor.load(
            step: 0, microBatch: microBatch, of: schedule, seed: 0, from: readers[worker])
        })
      if step >= warmup { times.append((wallClock() - start) * 1e6) }
    }
    if let trace, let timeline = parallel.timeline {
      try TraceFile.write(timeline, to: trace, on: world)
    }
    let median = times.sorted()[times.count / 2]
    let plan = parallel.plan.plan
    return Report(
      stepMicroseconds: median, samplesPerSecond: Double(source.count) / median * 1e6,
      ops: isSimulated ? [] : try ops(repetitions: 20), reorders: plan.report.reorders,
      arenaBytes: plan.report.arenaBytes, peakGigaflops: isSimulated ? 0 : Self.peak(),
      parameterCount: plan.parameters.trainedCount)
  }

  /// The best of many products.
  private static func peak() -> Double {
    let probe = PeakProbe()
    var best = Double.infinity
    for _ in 0..<100 {
      let start = wallClock()
      probe.run()
      best = min(best, wallClock() - start)
    }
    return Double(probe.flops) / best / 1e9
  }

  /// Times each kernel of the plan by itself, on the job's synthetic samples, in the plan's order:
  /// median microseconds.
  static func opMicroseconds(
    of job: Job, _ parallel: DataParallel, repetitions: Int
  ) throws -> [Double] {
    let plan = parallel.plan.plan
    let executor = try Executor(plan, parameters: parallel.state.parameters.base)
    let data = try job.syntheticTwin()
    let schedule = job.schedule(epoch: 0, of: data, parallel.microBatches)
    let reader = BatchReader(source: data.train, capacity: max(1, schedule.largestMicroBatch))
    try executor.load(step: 0, microBatch: 0, of: schedule, seed: 0, from: reader)
    var times = [[Double]](repeating: [], count: plan.stepCount)
    for _ in 0..<repetitions {
      for step in 0..<plan.stepCount {
        let start = wallClock()
        try executor.run(steps: step..<(step + 1))
        times[step].append((wallClock() - start) * 1e6)
      }
    }
    return times.map { $0.sorted()[repetitions / 2] }
  }

  private func ops(repetitions: Int) throws -> [Report.Op] {
    let plan = parallel.plan.plan
    let medians = try Self.opMicroseconds(of: job, parallel, repetitions: repetitions)
    return plan.stepNames.enumerated().map { index, names in
      let median = medians[index]
      return Report.Op(
        name: names.op, scope: names.scope, kernel: names.kernel, microseconds: median,
        gigaflops: median > 0 ? Double(plan.stepCosts[index].flops) / median / 1e3 : 0)
    }
  }
}

extension StepBenchmark.Report {
  /// One JSON object.
  public var json: String {
    let rows = ops.map {
      "{\"op\":\"\($0.name)\",\"scope\":\"\($0.scope)\",\"kernel\":\"\($0.kernel)\",\"microseconds\":\(Self.short($0.microseconds)),\"gigaflops\":\(Self.short($0.gigaflops))}"
    }
    return
      "{\"stepMicroseconds\":\(Self.short(stepMicroseconds)),\"samplesPerSecond\":\(Self.short(samplesPerSecond)),\"peakGigaflops\":\(Self.short(peakGigaflops)),\"ops\":[\(rows.joined(separator: ","))]}"
  }

  /// The same for people.
  public var table: String {
    var lines = [
      String(
        format:
          "step %.1f us (median), %.0f samples/s; %d reorders, arena %.2f MB; a core's peak %.0f GFLOP/s",
        stepMicroseconds, samplesPerSecond, reorders, Double(arenaBytes) / 1e6, peakGigaflops),
      "",
      "        us  step  GFLOP/s  peak  op",
    ]
    guard !ops.isEmpty else { return lines[0] }
    let total = max(1e-9, ops.reduce(0) { $0 + $1.microseconds })
    for op in ops {
      let place = op.scope.isEmpty ? op.name : "\(op.scope) \(op.name)"
      lines.append(
        String(
          format: "%10.1f  %3.0f%%  %7.1f  %3.0f%%  ", op.microseconds,
          100 * op.microseconds / total, op.gigaflops, 100 * op.gigaflops / peakGigaflops)
          + "\(place) [\(op.kernel)]")
    }
    return lines.joined(separator: "\n")
  }

  private static func short(_ value: Double) -> String { String(format: "%.3f", value) }
}
