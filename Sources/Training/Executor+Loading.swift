import Datasets
import Engine
import Layers
import Randomness

extension Executor {
  /// The memory of the inputs that hold samples.
  private func sampleMemory(
    _ source: any SampleSource
  ) -> (features: UnsafeMutableBufferPointer<Float>, labels: LabelBuffer) {
    let none = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    let features = input(TrainingGraph.InputName.features) ?? none
    let labels = input(TrainingGraph.InputName.labels)
    let buffer: LabelBuffer =
      switch source.labelKind {
      case .classes: labels.map { .classes($0.bindMemory(to: Int32.self)) } ?? .none
      case .targets: labels.map { .targets($0.bindMemory(to: Float.self)) } ?? .none
      case .none: .none
      }
    return (features.bindMemory(to: Float.self), buffer)
  }

  /// Makes int32 token ids of what was read, in place, if the model takes those.
  private func makeTokens(_ features: UnsafeMutableBufferPointer<Float>, count: Int) {
    guard inputType(TrainingGraph.InputName.features)?.element == .int32 else { return }
    for index in 0..<count {
      // Both types have four bytes; `TokenSource` has refused what is no id.
      features[index] = Float(bitPattern: UInt32(bitPattern: Int32(exactly: features[index]) ?? -1))
    }
  }

  /// Reads a range of samples in their own order, for evaluation and prediction.
  func load(_ range: Range<Int>, from reader: BatchReader) throws {
    let memory = sampleMemory(reader.source)
    let count = try reader.read(range, into: memory.features, labels: memory.labels)
    makeTokens(memory.features, count: count * reader.source.featureCount)
  }

  /// Reads a micro-batch of a schedule and the random keys of its samples.
  func load(
    step: Int, microBatch: Int, of schedule: BatchSchedule, seed: UInt64, from reader: BatchReader
  ) throws {
    let memory = sampleMemory(reader.source)
    let count = try reader.read(
      step: step, microBatch: microBatch, of: schedule, into: memory.features,
      labels: memory.labels)
    makeTokens(memory.features, count: count * reader.source.featureCount)
    guard let keys = input(BuildContext.randomKeysName)?.bindMemory(to: UInt32.self) else { return }
    for (index, position) in schedule.positions(step: step, microBatch: microBatch).enumerated() {
      let random = CounterRandom(
        seed: seed, purpose: .dropout, epoch: UInt32(truncatingIfNeeded: schedule.epoch),
        sample: UInt64(schedule.order[position]))
      (keys[2 * index], keys[2 * index + 1]) = random.keyWords
    }
  }
}
