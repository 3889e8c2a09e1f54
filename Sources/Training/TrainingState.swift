import Checkpoints
package import Optimizers

/// Where a run stands beside parameters and optimizer: what a checkpoint keeps as numbers, so that a
/// resumed run goes on as if nothing had happened.
package struct TrainingState: Equatable {
  /// Steps, epochs, and the place in the data.
  package var position = TrainingPosition()
  /// Sums over the steps of the current epoch.
  package var meter = Meter()
  /// The best evaluation so far.
  package var best: BestEvaluation?
  /// What a schedule that looks at losses has seen.
  package var plateau = Plateau()
  /// What was done about losses that are no numbers.
  package var recovery = Recovery.State()
  /// The scale of the loss, where it follows the gradients.
  package var scaler = LossScaler()
  /// Steps so far that have left parameters as they were.
  package var skipped = 0

  /// The start of a training.
  package init() {}

  /// What stands in checkpoints, by name. Empty entries are left out, so that most files have few.
  package var numbers: [String: Double] {
    var numbers = recovery.numbers.merging(scaler.numbers) { $1 }
    if skipped > 0 { numbers["skipped"] = Double(skipped) }
    if let best {
      numbers["best.value"] = best.value
      numbers["best.step"] = Double(best.step)
    }
    if plateau.evaluations > 0 { numbers.merge(plateau.numbers) { $1 } }
    // An epoch that has ended has told what it had to tell.
    if position.stepInEpoch > 0 { numbers.merge(meter.numbers) { $1 } }
    return numbers
  }

  /// Reads what ``numbers`` and the state's own fields say.
  ///
  /// - Throws: `Failure` if the position is no multiple of the global batch.
  init(_ saved: CheckpointState, _ job: Job, file: String) throws {
    let batch = job.training.globalBatch
    guard saved.position % batch == 0 else {
      throw Failure(
        .usage,
        "\(file): \(saved.position) samples of epoch \(saved.epoch) are done, which is no multiple of training.globalBatch \(batch): resume with the batch it was written with"
      )
    }
    self.init(
      position: TrainingPosition(
        step: saved.step, epoch: saved.epoch, stepInEpoch: saved.position / batch),
      numbers: saved.numbers)
  }

  private init(position: TrainingPosition, numbers: [String: Double]) {
    self.position = position
    meter = Meter(numbers)
    recovery = Recovery.State(numbers)
    plateau = Plateau(numbers: numbers)
    scaler = LossScaler(numbers)
    skipped = Int(numbers["skipped"] ?? 0)
    if let value = numbers["best.value"], let step = numbers["best.step"] {
      best = BestEvaluation(value: value, step: Int(step))
    }
  }

  // MARK: - From rank to rank

  /// One line a number, each as its bits.
  package var text: String {
    var lines = [position.step, position.epoch, position.stepInEpoch].map(String.init)
    lines += numbers.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.bitPattern)" }
    return lines.joined(separator: "\n")
  }

  /// Reads what ``text`` wrote; the start of a training if it is none.
  package init(text: String) {
    let lines = text.split(separator: "\n")
    let counts = lines.prefix(3).compactMap { Int($0) }
    guard counts.count == 3 else {
      self.init()
      return
    }
    var numbers: [String: Double] = [:]
    for words in lines.dropFirst(3).map({ $0.split(separator: " ") }) where words.count == 2 {
      numbers[String(words[0])] = UInt64(words[1]).map(Double.init(bitPattern:))
    }
    self.init(
      position: TrainingPosition(step: counts[0], epoch: counts[1], stepInEpoch: counts[2]),
      numbers: numbers)
  }
}

/// The best evaluation of a run so far.
package struct BestEvaluation: Equatable {
  package let value: Double
  /// The step after which it was measured: that of its checkpoint.
  package let step: Int

  package init(value: Double, step: Int) { (self.value, self.step) = (value, step) }
}
