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
  ///   - keep: how many checkpoints stay, this one included; `nil` keeps all.
  /// - Returns: the path of the file.
  /// - Throws: `CheckpointError`; what was there before is untouched then.
  @discardableResult
  public static func write(
    _ contents: CheckpointContents, toFolder folder: String, keep: Int? = nil
  ) throws(CheckpointError) -> String {
    try write(
      contents.state, model: contents.model.map { TensorSource($0) },
      optimizer: contents.optimizer.mapValues { $0.map { TensorSource($0) } }, toFolder: folder,
      keep: keep)
  }

  /// Writes a checkpoint whose tensors are fetched one by one; see ``write(_:toFolder:keep:)``.
  ///
  /// Takes memory for the largest tensor only.
  @discardableResult
  public static func write(
    _ state: CheckpointState, model: [TensorSource], optimizer: [String: [TensorSource]] = [:],
    toFolder folder: String, keep: Int? = nil
  ) throws(CheckpointError) -> String {
    try DurableFiles.createFolder(folder)
    let target = CheckpointFolder(folder)
    let path = target.file(step: state.step)
    let temporary = path + CheckpointFolder.partialSuffix
    do throws(CheckpointError) {
      try write(state, model: model, optimizer: optimizer, toFile: temporary)
      try DurableFiles.synchronise(temporary)
      try DurableFiles.move(temporary, to: path)
    } catch {
      try? DurableFiles.remove(temporary)
      throw error
    }
    try DurableFiles.synchronise(folder)
    try DurableFiles.replaceLink(target.latest, to: CheckpointFolder.name(step: state.step))
    try DurableFiles.synchronise(folder)
    if let keep { try target.prune(keep: keep, upTo: state.step) }
    return path
  }

  private static func write(
    _ state: CheckpointState, model: [TensorSource], optimizer: [String: [TensorSource]],
    toFile path: String
  ) throws(CheckpointError) {
    let file = try accessing { () throws(HDF5Error) in
      try File.create(path, mode: .truncate, format: .v110)
    }
    try accessing { () throws(HDF5Error) in try state.write(to: file) }
    let largest = (model + optimizer.values.joined()).reduce(0) {
      max($0, $1.shape.reduce(1, *))
    }
    let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: largest)
    defer { buffer.deallocate() }
    try write(model, below: CheckpointFormat.model, of: file, buffer)
    for (slot, tensors) in optimizer.sorted(by: { $0.key < $1.key }) {
      try CheckpointFormat.requireName(slot, path)
      try write(tensors, below: "\(CheckpointFormat.optimizer)/\(slot)", of: file, buffer)
    }
    try accessing { () throws(HDF5Error) in try file.close() }
  }

  private static func write(
    _ tensors: [TensorSource], below path: String, of file: File,
    _ buffer: UnsafeMutableBufferPointer<Float>
  ) throws(CheckpointError) {
    let group = try accessing { () throws(HDF5Error) in try file.createGroup(path) }
    for tensor in tensors {
      try CheckpointFormat.requireName(tensor.path, file.path)
      let values = UnsafeMutableBufferPointer(rebasing: buffer[..<tensor.shape.reduce(1, *)])
      try tensor.fill(values)
      try accessing { () throws(HDF5Error) in
        let dataset = try group.createDataset(
          tensor.path, shape: tensor.shape.isEmpty ? [1] : tensor.shape, of: Float.self,
          filters: [.fletcher32])
        if tensor.shape.isEmpty { try dataset.attributes.set(CheckpointFormat.rank, 0) }
        try dataset.write(UnsafeBufferPointer(values))
      }
    }
  }
}
