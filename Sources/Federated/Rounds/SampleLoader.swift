import Datasets
import Engine
import Layers
import Randomness

/// Brings samples into an executor's inputs, in any order. Allocates nothing after it was made.
final class SampleLoader {
  private let source: any SampleSource
  private let indices: UnsafeMutableBufferPointer<Int>
  /// Labels are turned round: the attack of a client that lies about its labels.
  var flipsLabels = false

  /// - Parameter capacity: The most samples of a call.
  init(_ source: any SampleSource, capacity: Int) {
    self.source = source
    indices = .allocate(capacity: capacity)
  }

  deinit { indices.deallocate() }

  /// Reads `count` samples. Blocks.
  ///
  /// - Parameters:
  ///   - seed: The seed of the client's dropout.
  ///   - sample: The number of the sample at a position of the batch.
  func load(
    _ count: Int, into executor: Executor, seed: UInt64, epoch: Int, sample: (Int) -> Int
  ) throws(DatasetError) {
    for position in 0..<count { indices[position] = sample(position) }
    let none = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    let features = (executor.input(TrainingGraph.InputName.features) ?? none)
      .bindMemory(to: Float.self)
    let labels = executor.input(TrainingGraph.InputName.labels)
    let buffer: LabelBuffer =
      switch source.labelKind {
      case .classes: labels.map { .classes($0.bindMemory(to: Int32.self)) } ?? .none
      case .targets: labels.map { .targets($0.bindMemory(to: Float.self)) } ?? .none
      case .none: .none
      }
    try source.read(
      UnsafeBufferPointer(rebasing: indices[..<count]), into: features, labels: buffer)
    if flipsLabels { flip(buffer) }
    if executor.inputType(TrainingGraph.InputName.features)?.element == .int32 {
      for index in features.indices {
        // Both types have four bytes; the source has refused what is no token id.
        features[index] = Float(
          bitPattern: UInt32(bitPattern: Int32(exactly: features[index]) ?? -1))
      }
    }
    guard
      let keys = executor.input(BuildContext.randomKeysName)?.bindMemory(to: UInt32.self)
    else { return }
    for position in 0..<count {
      let random = CounterRandom(
        seed: seed, purpose: .dropout, epoch: UInt32(truncatingIfNeeded: epoch),
        sample: UInt64(indices[position]))
      (keys[2 * position], keys[2 * position + 1]) = random.keyWords
    }
  }

  private func flip(_ labels: LabelBuffer) {
    switch labels {
    case .classes(let classes):
      let last = Int32((source.classCount ?? 1) - 1)
      for index in classes.indices { classes[index] = last - classes[index] }
    case .targets(let targets):
      for index in targets.indices { targets[index] = -targets[index] }
    case .none: break
    }
  }
}
