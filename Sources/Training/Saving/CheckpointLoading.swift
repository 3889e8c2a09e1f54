import Checkpoints
import Engine
import Parallelism

extension ModelState {
  /// Fills the parameters and whole arrays of the optimizer from a checkpoint and returns everything
  /// else that is in it. Local.
  ///
  /// - Throws: `CheckpointError` that lists all tensors that do not fit, before anything is changed.
  func load(checkpoint path: String, slots: [FloatMemory]) throws -> CheckpointState {
    let reader = try CheckpointReader(path)
    try reader.requireModel(StateTensors.descriptions(map, trainedOnly: false))
    let slot = StateTensors.descriptions(map, trainedOnly: true)
    var expected = Dictionary(uniqueKeysWithValues: optimizer.slotNames.map { ($0, slot) })
    // Whether there is compression is the new run's business.
    for name in WholeState.restNames(in: reader) { expected[name] = slot }
    expected[WholeState.factorsName] = reader.optimizer[WholeState.factorsName]
    try reader.requireOptimizer(expected)
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

extension WholeState {
  /// The names of what compression left over on each rank, in the order of ranks.
  static func restNames(in reader: CheckpointReader) -> [String] {
    var names: [String] = []
    while reader.optimizer[restName(names.count)] != nil { names.append(restName(names.count)) }
    return names
  }

  /// What PowerSGD had found when a checkpoint was written; empty for others. Local.
  static func factors(_ path: String) throws -> [Float] {
    let reader = try CheckpointReader(path)
    guard
      let all = reader.optimizer[factorsName]?.first(where: { $0.path == allFactors })
    else { return [] }
    var values = [Float](repeating: 0, count: all.elementCount)
    try values.withUnsafeMutableBufferPointer {
      try reader.readOptimizer(slot: factorsName, allFactors, into: $0)
    }
    return values
  }

  /// What compression had left over on each rank when a checkpoint was written; empty without
  /// compression. Local.
  static func rests(_ path: String, _ map: ParameterMap) throws -> [FloatMemory] {
    let reader = try CheckpointReader(path)
    return try restNames(in: reader).map { name in
      let memory = FloatMemory(count: map.count)
      for (index, entry) in map.entries.enumerated() where entry.isTrained {
        var values = [Float](repeating: 0, count: entry.shape.count)
        try values.withUnsafeMutableBufferPointer {
          try reader.readOptimizer(slot: name, entry.path, into: $0)
        }
        try map.pack(values, index, into: memory.base)
      }
      return memory
    }
  }
}
