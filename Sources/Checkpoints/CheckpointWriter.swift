import HDF5

// Note [A checkpoint appears whole or not at all]
//
//     write   step-00000200.h5.partial     state and tensors, checksums on
//     fsync   step-00000200.h5.partial     the content is on the disk
//     rename  step-00000200.h5             in one step; an older file of this name goes
//     fsync   folder                       the name is on the disk
//     rename  latest -> step-00000200.h5   in one step
//     fsync   folder
//     unlink  the oldest beyond `keep`
//
// Cut anywhere, `latest` leads to a complete checkpoint, the new one or the one before.

/// Writes checkpoint files. For one process of a run: rank 0, while the others wait or go on.
public enum CheckpointWriter {
  /// Writes a checkpoint into `folder` under the name of its step and makes `latest` lead to it.
  ///
  /// Blocks until the file is on the disk.
  ///
  /// - Parameters:
  ///   - contents: the checkpoint.
  ///   - folder: made when missing.
  ///   - keep: which checkpoints stay; `nil` keeps all.
  ///   - precision: how parameters and buffers are stored.
  /// - Returns: the path of the file.
  /// - Throws: `CheckpointError`; what was there before is untouched then.
  @discardableResult
  public static func write(
    _ contents: CheckpointContents, toFolder folder: String, keep: Retention? = nil,
    precision: CheckpointPrecision = .float32
  ) throws(CheckpointError) -> String {
    try write(
      contents.state, model: contents.model.map { TensorSource($0) },
      optimizer: contents.optimizer.mapValues { $0.map { TensorSource($0) } }, toFolder: folder,
      keep: keep, precision: precision)
  }

  /// Writes a checkpoint whose tensors are fetched one by one; see ``write(_:toFolder:keep:precision:)``.
  ///
  /// Takes memory for the largest tensor only.
  @discardableResult
  public static func write(
    _ state: CheckpointState, model: [TensorSource], optimizer: [String: [TensorSource]] = [:],
    toFolder folder: String, keep: Retention? = nil,
    precision: CheckpointPrecision = .float32
  ) throws(CheckpointError) -> String {
    try DurableFiles.createFolder(folder)
    let target = CheckpointFolder(folder)
    let path = target.file(step: state.step)
    try write(state, model: model, optimizer: optimizer, toFile: path, precision: precision)
    return try publish(state.step, in: target, keep: keep)
  }

  /// Writes a checkpoint to a file of any name, in an existing folder; see
  /// ``write(_:toFolder:keep:precision:)``.
  public static func write(
    _ state: CheckpointState, model: [TensorSource], optimizer: [String: [TensorSource]] = [:],
    toFile path: String, precision: CheckpointPrecision = .float32
  ) throws(CheckpointError) {
    try replace(path) { (temporary) throws(CheckpointError) in
      try fill(temporary, state, model: model, optimizer: optimizer, precision)
    }
  }

  /// Lets `body` write a file under a temporary name and gives it its own when it is on the disk.
  static func replace(
    _ path: String, _ body: (String) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    let temporary = path + CheckpointFolder.partialSuffix
    do throws(CheckpointError) {
      let writeback = EarlyWriteback(of: temporary)
      defer { writeback.end() }
      try body(temporary)
      try DurableFiles.synchronise(temporary)
      try DurableFiles.move(temporary, to: path)
    } catch {
      try? DurableFiles.remove(temporary)
      throw error
    }
    let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    try DurableFiles.synchronise(folder.isEmpty ? "." : folder.joined(separator: "/") + "/")
  }

  /// Makes `latest` lead to the checkpoint of a step, removes old ones, and returns its path.
  static func publish(
    _ step: Int, in folder: CheckpointFolder, keep: Retention?
  ) throws(CheckpointError) -> String {
    try DurableFiles.replaceLink(folder.latest, to: CheckpointFolder.name(step: step))
    try DurableFiles.synchronise(folder.path)
    if let keep { try folder.prune(keep, upTo: step) }
    return folder.file(step: step)
  }

  private static func fill(
    _ path: String, _ state: CheckpointState, model: [TensorSource],
    optimizer: [String: [TensorSource]], _ precision: CheckpointPrecision
  ) throws(CheckpointError) {
    let file = try accessing { () throws(HDF5Error) in
      try File.create(path, mode: .truncate, format: .v110)
    }
    try accessing { () throws(HDF5Error) in try state.write(to: file) }
    let largest = (model + optimizer.values.joined()).reduce(0) {
      max($0, $1.inPlace == nil ? $1.shape.reduce(1, *) : 0)
    }
    let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: largest)
    defer { buffer.deallocate() }
    try write(model, below: CheckpointFormat.model, of: file, buffer, precision)
    for (slot, tensors) in optimizer.sorted(by: { $0.key < $1.key }) {
      try CheckpointFormat.requireName(slot, path)
      try write(tensors, below: "\(CheckpointFormat.optimizer)/\(slot)", of: file, buffer)
    }
    try accessing { () throws(HDF5Error) in try file.close() }
  }

  private static func write(
    _ tensors: [TensorSource], below path: String, of file: File,
    _ buffer: UnsafeMutableBufferPointer<Float>, _ precision: CheckpointPrecision = .float32
  ) throws(CheckpointError) {
    let group = try accessing { () throws(HDF5Error) in try file.createGroup(path) }
    for tensor in tensors {
      try CheckpointFormat.requireName(tensor.path, file.path)
      let values: UnsafeBufferPointer<Float>
      if let elements = tensor.inPlace {
        values = elements
      } else {
        let target = UnsafeMutableBufferPointer(rebasing: buffer[..<tensor.shape.reduce(1, *)])
        try tensor.fill(target)
        values = UnsafeBufferPointer(target)
      }
      try accessing { () throws(HDF5Error) in
        let shape = tensor.shape.isEmpty ? [1] : tensor.shape
        let dataset = try precision.createDataset(tensor.path, shape: shape, in: group)
        if tensor.shape.isEmpty { try dataset.attributes.set(CheckpointFormat.rank, 0) }
        try dataset.write(values)
      }
    }
  }
}
