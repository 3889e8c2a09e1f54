import Checkpoints
import Datasets
import Engine
import MPI
import Parallelism

/// Steps of a job one after the other, as a training takes them, but with a rate so small that the
/// parameters stay: what benchmarks time.
final class StepCourse {
  private let job: Job
  private let data: TrainingData
  private let parallel: DataParallel
  private let readsInput: Bool
  private let readers: [BatchReader]
  private let clock: InputClock
  private var schedule: BatchSchedule
  private var position = 0
  private var number = 0

  /// - Parameter readsInput: Whether each step reads its samples; otherwise only warm-up steps do.
  init(
    _ job: Job, _ data: TrainingData, _ parallel: DataParallel, readsInput: Bool, threads: Int
  ) {
    self.job = job
    self.data = data
    self.parallel = parallel
    self.readsInput = readsInput
    schedule = job.schedule(epoch: 0, of: data, parallel.microBatches)
    let capacity = max(1, schedule.largestMicroBatch)
    readers = (0..<threads).map { _ in
      BatchReader(
        source: data.train, capacity: capacity,
        augmentation: readsInput ? job.loading.augmentation : [], seed: job.training.seed)
    }
    clock = InputClock(workers: threads)
  }

  /// The steps of an epoch; a short one at the end is left out.
  private var stepsPerEpoch: Int { max(1, data.train.epochCount / job.training.globalBatch) }

  /// Steps from one checkpoint of the job to the next.
  var stepsBetweenCheckpoints: Int {
    let rules = [job.checkpoint.everySteps, job.checkpoint.everyEpochs.map { $0 * stepsPerEpoch }]
    let all = job.training.steps ?? job.training.epochs.map { $0 * stepsPerEpoch }
    return max(1, rules.compactMap { $0 }.min() ?? all ?? 1)
  }

  /// What a checkpoint holds beside tensors.
  var description: CheckpointState {
    CheckpointState(
      step: number, epoch: schedule.epoch, position: 0, seed: job.training.seed,
      worldSize: parallel.communicator.size, jobText: job.yaml, texts: data.train.texts)
  }

  /// Takes a step; returns the seconds in which this rank waited for samples and converted them, the
  /// mean over its threads. Collective where `isSynchronized`.
  func step(isSynchronized: Bool, isWarmup: Bool = false) throws -> Double {
    let reads = readsInput || isWarmup
    if readsInput, position == stepsPerEpoch {
      schedule = job.schedule(epoch: schedule.epoch + 1, of: data, parallel.microBatches)
      position = 0
    }
    let current = position
    number += 1
    if readsInput {
      data.train.prefetch(schedule, step: current, microBatches: parallel.block)
      position += 1
    }
    _ = try parallel.step(
      samples: schedule.positions(step: current).count, step: number, learningRate: 1e-9,
      isSynchronized: isSynchronized,
      size: { [schedule] in schedule.positions(step: current, microBatch: $0).count },
      load: { [schedule, readers, clock, seed = job.training.seed] worker, microBatch, executor in
        guard reads else { return }
        try clock.time(worker) {
          try executor.load(
            step: current, microBatch: microBatch, of: schedule, seed: seed, from: readers[worker])
        }
      })
    return clock.take()
  }
}
