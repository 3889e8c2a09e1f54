import Checkpoints
import Datasets
import Engine
import Graph
import Optimizers
import Parallelism

/// The checkpoints of one run: between the engine's flat arrays and the files' named tensors.
struct CheckpointStore {
  let folder: String
  let keep: Int?

  /// Writes the state of a run and returns the file's path. For one rank; blocks until the file is
  /// on the disk.
  func save(
    _ state: ModelState, _ position: TrainingPosition, _ job: Job, worldSize: Int,
    texts: [String: String]
  ) throws -> String {
    var slots: [String: [TensorSource]] = [:]
    for (name, memory) in zip(state.optimizer.slotNames, state.slots) {
      slots[name] = Self.tensors(state.map, memory, trainedOnly: true)
    }
    return try CheckpointWriter.write(
      CheckpointState(
        step: position.step, epoch: position.epoch,
        position: position.stepInEpoch * job.training.globalBatch, seed: job.training.seed,
        worldSize: worldSize, jobText: job.yaml,
        texts: texts),
      model: Self.tensors(state.map, state.parameters, trainedOnly: false), optimizer: slots,
      toFolder: folder, keep: keep)
  }

  /// Fills a fresh state from a checkpoint and returns where the run was. Local.
  ///
  /// - Throws: `CheckpointError` that lists all tensors that do not fit, before anything is changed.
  static func load(
    _ path: String, into state: ModelState, _ job: Job
  ) throws -> TrainingPosition {
    let reader = try CheckpointReader(path)
    try reader.requireModel(descriptions(state.map, trainedOnly: false))
    let slot = descriptions(state.map, trainedOnly: true)
    try reader.requireOptimizer(
      Dictionary(uniqueKeysWithValues: state.optimizer.slotNames.map { ($0, slot) }))
    for (index, entry) in state.map.entries.enumerated() {
      var values = [Float](repeating: 0, count: entry.shape.count)
      try values.withUnsafeMutableBufferPointer { try reader.readModel(entry.path, into: $0) }
      try state.map.pack(values, index, into: state.parameters.base)
      guard entry.isTrained else { continue }
      for (name, memory) in zip(state.optimizer.slotNames, state.slots) {
        try values.withUnsafeMutableBufferPointer {
          try reader.readOptimizer(slot: name, entry.path, into: $0)
        }
        try state.map.pack(values, index, into: memory.base)
      }
    }
    let saved = reader.state
    guard saved.position % job.training.globalBatch == 0 else {
      throw Failure(
        .usage,
        "\(path): \(saved.position) samples of epoch \(saved.epoch) are done, which is no multiple of training.globalBatch \(job.training.globalBatch): resume with the batch it was written with"
      )
    }
    return TrainingPosition(
      step: saved.step, epoch: saved.epoch,
      stepInEpoch: saved.position / job.training.globalBatch)
  }

  private static func tensors(
    _ map: ParameterMap, _ memory: FloatMemory, trainedOnly: Bool
  ) -> [TensorSource] {
    map.entries.enumerated().filter { $1.isTrained || !trainedOnly }.map { index, entry in
      TensorSource(path: entry.path, shape: entry.shape.dimensions) {
        (target) throws(CheckpointError) in
        do throws(EngineError) {
          _ = target.update(fromContentsOf: try map.unpack(index, from: memory.base))
        } catch {
          preconditionFailure("\(error)")
        }
      }
    }
  }

  private static func descriptions(
    _ map: ParameterMap, trainedOnly: Bool
  ) -> [TensorDescription] {
    map.entries.filter { $0.isTrained || !trainedOnly }.map {
      TensorDescription(path: $0.path, shape: $0.shape.dimensions)
    }
  }
}
