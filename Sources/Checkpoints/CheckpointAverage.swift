/// The mean of several checkpoints of one model, tensor by tensor (Izmailov et al. 2018, "Averaging
/// Weights Leads to Wider Optima and Better Generalization").
public enum CheckpointAverage {
  /// Writes the mean, in memory for one tensor of each kind.
  ///
  /// Optimizer arrays are averaged, too. Everything else is taken from the checkpoint with the most
  /// steps; sums are in double precision, in the order given.
  ///
  /// - Throws: `CheckpointError` when a file cannot be read or written, or is of another model.
  public static func write(
    of paths: [String], to output: String
  ) throws(CheckpointError) {
    var readers: [CheckpointReader] = []
    for path in paths { readers.append(try CheckpointReader(path)) }
    guard let last = readers.max(by: { $0.state.step < $1.state.step }) else { return }
    for reader in readers {
      try reader.requireModel(last.model)
      try reader.requireOptimizer(last.optimizer)
    }
    var state = last.state
    state.texts["averaged"] = readers.map { "step \($0.state.step)" }.joined(separator: ", ")
    try CheckpointWriter.write(
      state, model: sources(last.model, CheckpointFormat.model, readers),
      optimizer: Dictionary(
        uniqueKeysWithValues: last.optimizer.map { slot, tensors in
          (slot, sources(tensors, "\(CheckpointFormat.optimizer)/\(slot)", readers))
        }), toFile: output)
  }

  private static func sources(
    _ tensors: [TensorDescription], _ group: String, _ readers: [CheckpointReader]
  ) -> [TensorSource] {
    tensors.map { tensor in
      TensorSource(path: tensor.path, shape: tensor.shape) { (target) throws(CheckpointError) in
        var sums = [Double](repeating: 0, count: target.count)
        for reader in readers {
          try reader.read("\(group)/\(tensor.path)", into: target)
          for index in sums.indices { sums[index] += Double(target[index]) }
        }
        let count = Double(readers.count)
        for index in sums.indices { target[index] = Float(sums[index] / count) }
      }
    }
  }
}
