import HDF5

/// An open checkpoint: its state and the list of its tensors are read, the tensors are not yet.
public struct CheckpointReader: Sendable {
  /// Path of the file as it was given.
  public let path: String
  /// Everything besides tensors.
  public let state: CheckpointState
  /// Parameters and buffers in visit order.
  public let model: [TensorDescription]
  /// The optimizer's arrays by slot, each in visit order.
  public let optimizer: [String: [TensorDescription]]

  private let file: File
  /// The parts that the file joins, by name; empty for a checkpoint in one file.
  private let parts: [String: File]

  /// Opens a checkpoint; the path may be that of `latest`.
  ///
  /// - Throws: `CheckpointError` when the file is missing, damaged, or no checkpoint.
  public init(_ path: String) throws(CheckpointError) {
    self.path = path
    let file = try accessing { () throws(HDF5Error) in try File.open(path, .readOnly) }
    self.file = file
    state = try CheckpointState(from: file)
    parts = try CheckpointParts.open(of: file)
    model = try Self.descriptions(below: CheckpointFormat.model, of: file)
    var optimizer: [String: [TensorDescription]] = [:]
    let slots = try accessing { () throws(HDF5Error) in
      try file.exists(CheckpointFormat.optimizer)
        ? try file.group(CheckpointFormat.optimizer).names : []
    }
    for slot in slots {
      optimizer[slot] = try Self.descriptions(
        below: "\(CheckpointFormat.optimizer)/\(slot)", of: file)
    }
    self.optimizer = optimizer
  }

  /// Reads a parameter or buffer into `buffer`, whose count must be that of the tensor.
  ///
  /// - Throws: `CheckpointError` when there is none of that path, the size differs, or its checksum
  ///   fails.
  public func readModel(
    _ tensor: String, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(CheckpointError) {
    try read("\(CheckpointFormat.model)/\(tensor)", into: buffer)
  }

  /// Reads one of the optimizer's arrays; see ``readModel(_:into:)``.
  public func readOptimizer(
    slot: String, _ tensor: String, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(CheckpointError) {
    try read("\(CheckpointFormat.optimizer)/\(slot)/\(tensor)", into: buffer)
  }

  /// Reads everything into memory.
  public func contents() throws(CheckpointError) -> CheckpointContents {
    var contents = CheckpointContents(
      state: state, model: try tensors(model, below: CheckpointFormat.model))
    for (slot, descriptions) in optimizer {
      contents.optimizer[slot] = try tensors(
        descriptions, below: "\(CheckpointFormat.optimizer)/\(slot)")
    }
    return contents
  }

  /// Reads everything once, in memory for one tensor, so that every checksum is tested.
  ///
  /// - Throws: `CheckpointError` that names the damaged dataset.
  public func verify() throws(CheckpointError) {
    try forEachTensor { _, _ throws(CheckpointError) in }
  }

  /// Reads the tensors one after the other; hands each one's path in the file and values to `body`.
  func forEachTensor(
    _ body: (TensorDescription, UnsafeBufferPointer<Float>) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    let tensors = allTensors
    let largest = tensors.reduce(0) { max($0, $1.elementCount) }
    let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: largest)
    defer { buffer.deallocate() }
    for tensor in tensors {
      let values = UnsafeMutableBufferPointer(rebasing: buffer[..<tensor.elementCount])
      try read(tensor.path, into: values)
      try body(tensor, UnsafeBufferPointer(values))
    }
  }

  /// All tensors, with their paths in the file.
  var allTensors: [TensorDescription] {
    let slots = optimizer.sorted { $0.key < $1.key }.map {
      ("\(CheckpointFormat.optimizer)/\($0.key)", $0.value)
    }
    return ([(CheckpointFormat.model, model)] + slots).flatMap { group, tensors in
      tensors.map { TensorDescription(path: "\(group)/\($0.path)", shape: $0.shape) }
    }
  }

  /// Reads the tensor at `path` in the file.
  func read(
    _ path: String, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws(CheckpointError) {
    guard parts.isEmpty else {
      return try CheckpointParts.read(path, of: file, parts, into: buffer)
    }
    try accessing { () throws(HDF5Error) in
      try file.dataset(path, of: Float.self).read(into: buffer)
    }
  }

  private func tensors(
    _ descriptions: [TensorDescription], below group: String
  ) throws(CheckpointError) -> [CheckpointTensor] {
    var tensors: [CheckpointTensor] = []
    for tensor in descriptions {
      var values = [Float](repeating: 0, count: tensor.elementCount)
      try values.withUnsafeMutableBufferPointer { (buffer) throws(CheckpointError) in
        try read("\(group)/\(tensor.path)", into: buffer)
      }
      tensors.append(CheckpointTensor(path: tensor.path, shape: tensor.shape, values: values))
    }
    return tensors
  }

  private static func descriptions(
    below path: String, of file: File
  ) throws(CheckpointError) -> [TensorDescription] {
    let group = try accessing { () throws(HDF5Error) in try file.group(path) }
    let children = try accessing { () throws(HDF5Error) in try group.children }
    var descriptions: [TensorDescription] = []
    for child in children {
      guard child.kind == .dataset else {
        throw .malformed(
          file: file.path, object: "/\(path)/\(child.name)", problem: "is no dataset")
      }
      let (dataset, isScalar) = try accessing { () throws(HDF5Error) in
        let dataset = try group.untypedDataset(child.name)
        return (dataset, try dataset.attributes.contains(CheckpointFormat.rank))
      }
      guard dataset.elementClass == .floatingPoint, !isScalar || dataset.elementCount == 1 else {
        throw .malformed(
          file: file.path, object: dataset.path,
          problem: "holds \(dataset.elementClass) elements of shape \(dataset.shape), "
            + "which is no tensor")
      }
      descriptions.append(
        TensorDescription(path: child.name, shape: isScalar ? [] : dataset.shape))
    }
    return descriptions
  }
}
