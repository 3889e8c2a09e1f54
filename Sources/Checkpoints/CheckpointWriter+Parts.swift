import HDF5

extension CheckpointWriter {
  /// The elements of `part` among those of all tensors, as a copy that can be written later.
  ///
  /// - Parameter memory: Called once with the number of elements; returns memory for them, which must
  ///   stay valid as long as the result is used.
  public static func share(
    of part: CheckpointPart, model: [TensorSource], optimizer: [String: [TensorSource]],
    in memory: (Int) -> UnsafeMutableBufferPointer<Float>
  ) throws(CheckpointError) -> PartContents {
    let tensors = all(model, optimizer)
    let plan = PartPlan(tensors.map(\.source.shape), count: part.count)
    let rows = tensors.indices.map { plan.rows($0, part: part.index) }
    let sizes = tensors.map { $0.source.shape.dropFirst().reduce(1, *) }
    let target = memory(zip(rows, sizes).reduce(0) { $0 + $1.0.count * $1.1 })
    var contents = PartContents(part: part, tensors: [])
    var next = 0
    for (index, (path, source)) in tensors.enumerated() where !rows[index].isEmpty {
      let count = rows[index].count * sizes[index]
      let piece = UnsafeMutableBufferPointer(rebasing: target[next..<next + count])
      let begin = rows[index].lowerBound * sizes[index]
      if let elements = source.inPlace {
        _ = piece.update(fromContentsOf: elements[begin..<begin + count])
      } else {
        let whole = UnsafeMutableBufferPointer<Float>.allocate(
          capacity: source.shape.reduce(1, *))
        defer { whole.deallocate() }
        try source.fill(whole)
        _ = piece.update(fromContentsOf: whole[begin..<begin + count])
      }
      contents.tensors.append(
        .init(
          path: path, shape: [rows[index].count] + source.shape.dropFirst(),
          values: UnsafeBufferPointer(piece)))
      next += count
    }
    return contents
  }

  /// Writes one part of a checkpoint into `folder`. Every rank calls it with its own part; then, when all
  /// have ended well, one calls ``join(_:model:optimizer:parts:token:toFolder:)``.
  public static func write(
    _ contents: PartContents, step: Int, toFolder folder: String,
    precision: CheckpointPrecision = .float32
  ) throws(CheckpointError) {
    try DurableFiles.createFolder(folder)
    try replace("\(folder)/\(contents.part.name(step: step))") { (path) throws(CheckpointError) in
      try accessing { () throws(HDF5Error) in
        let file = try File.create(path, mode: .truncate, format: .v110)
        try file.createGroup(CheckpointFormat.state).attributes.setFixed(
          CheckpointFormat.token, contents.part.token)
        for tensor in contents.tensors {
          let isModel = tensor.path.hasPrefix("\(CheckpointFormat.model)/")
          let dataset = try (isModel ? precision : .float32).createDataset(
            tensor.path, shape: tensor.shape, in: file.root)
          try dataset.write(tensor.values)
        }
        try file.close()
      }
    }
  }

  /// Writes the checkpoint that joins parts which are all on the disk, and makes `latest` lead to it.
  @discardableResult
  public static func join(
    _ state: CheckpointState, model: [TensorDescription],
    optimizer: [String: [TensorDescription]], parts: Int, token: String,
    toFolder folder: String
  ) throws(CheckpointError) -> String {
    let target = CheckpointFolder(folder)
    let path = target.file(step: state.step)
    let tensors = all(model, optimizer)
    let plan = PartPlan(tensors.map(\.source.shape), count: parts)
    try replace(path) { (temporary) throws(CheckpointError) in
      try accessing { () throws(HDF5Error) in
        let file = try File.create(temporary, mode: .truncate, format: .v110)
        try state.write(to: file, token: token)
        for (index, (path, tensor)) in tensors.enumerated() {
          let shape = tensor.shape.isEmpty ? [1] : tensor.shape
          let sources = (0..<parts).compactMap { part -> VirtualSource? in
            let rows = plan.rows(index, part: part)
            guard !rows.isEmpty else { return nil }
            return VirtualSource(
              file: CheckpointPart(index: part, count: parts, token: token).name(step: state.step),
              dataset: "/\(path)", shape: [rows.count] + shape.dropFirst(),
              offset: [rows.lowerBound] + shape.dropFirst().map { _ in 0 })
          }
          let dataset = try file.root.createVirtualDataset(
            path, shape: shape, of: Float.self, sources: sources)
          if tensor.shape.isEmpty { try dataset.attributes.set(CheckpointFormat.rank, 0) }
        }
        try file.close()
      }
    }
    return try publish(state.step, in: target, keep: nil)
  }

  /// All tensors with their paths in the file, in the order of the file.
  private static func all<Tensor>(
    _ model: [Tensor], _ optimizer: [String: [Tensor]]
  ) -> [(path: String, source: Tensor)] where Tensor: NamedTensor {
    let slots = optimizer.sorted { $0.key < $1.key }.flatMap { slot, tensors in
      tensors.map { ("\(CheckpointFormat.optimizer)/\(slot)/\($0.path)", $0) }
    }
    return model.map { ("\(CheckpointFormat.model)/\($0.path)", $0) } + slots
  }
}

/// The rows of all tensors that one part holds. Does not own them.
public struct PartContents: @unchecked Sendable {
  /// Rows of one tensor.
  struct Piece {
    let path: String
    let shape: [Int]
    let values: UnsafeBufferPointer<Float>
  }

  let part: CheckpointPart
  var tensors: [Piece]
}

/// A tensor of which path and shape are known.
protocol NamedTensor {
  var path: String { get }
  var shape: [Int] { get }
}

extension TensorSource: NamedTensor {}
extension TensorDescription: NamedTensor {}
