import Checkpoints
import Parallelism

extension ModelState {
  /// Fills the state from a checkpoint and returns everything else that is in it. Local.
  ///
  /// - Throws: `CheckpointError` that lists all tensors that do not fit, before anything is changed.
  func load(checkpoint path: String) throws -> CheckpointState {
    let reader = try CheckpointReader(path)
    try reader.requireModel(StateTensors.descriptions(map, trainedOnly: false))
    let slot = StateTensors.descriptions(map, trainedOnly: true)
    try reader.requireOptimizer(
      Dictionary(uniqueKeysWithValues: optimizer.slotNames.map { ($0, slot) }))
    for (index, entry) in map.entries.enumerated() {
      var values = [Float](repeating: 0, count: entry.shape.count)
      try values.withUnsafeMutableBufferPointer { try reader.readModel(entry.path, into: $0) }
      try map.pack(values, index, into: parameters.base)
      guard entry.isTrained else { continue }
      for (name, memory) in zip(optimizer.slotNames, slots) {
        try values.withUnsafeMutableBufferPointer {
          try reader.readOptimizer(slot: name, entry.path, into: $0)
        }
        try map.pack(values, index, into: memory.base)
      }
    }
    return reader.state
  }
}
