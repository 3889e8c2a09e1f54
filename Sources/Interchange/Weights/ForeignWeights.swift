public import Checkpoints
public import Graph

/// The tensors of another program's file, named and laid out as a model of ours wants them.
public struct ForeignWeights {
  /// Path of the file.
  public let path: String
  /// What the model takes, and what is left over under its own name.
  public let tensors: [CheckpointTensor]

  /// Tensors that are known already.
  init(path: String, tensors: [CheckpointTensor]) {
    (self.path, self.tensors) = (path, tensors)
  }

  /// Reads a file, of the format that its name ends with: `.safetensors`, or `.h5`, `.hdf5` or
  /// `.keras` for Keras.
  ///
  /// - Parameters:
  ///   - graph: The model's graph in inference mode.
  ///   - renaming: Rules of the user, which come before those of the format.
  /// - Throws: `InterchangeError`.
  public init(
    _ path: String, for graph: TensorGraph, renaming: Renaming = Renaming()
  ) throws(InterchangeError) {
    if path.hasSuffix(".safetensors") {
      self = try Self.safetensors(path, for: graph, renaming)
    } else if path.hasSuffix(".h5") || path.hasSuffix(".hdf5") {
      self = try KerasFile(path).weights(for: graph, renaming)
    } else {
      throw .unsupported(
        what:
          "\(path): weights are read from .safetensors, or from Keras's .h5 and .weights.h5; the name tells which"
      )
    }
  }

  /// The values of each of the graph's parameters, in their order.
  ///
  /// - Throws: `InterchangeError.mismatch` that lists every missing, unexpected and misshapen tensor,
  ///   and every one that two tensors of the file claim.
  public func values(for parameters: [Parameter]) throws(InterchangeError) -> [[Float]] {
    let mismatch = TensorMismatch(
      expected: parameters.map {
        TensorDescription(path: $0.path, shape: $0.shape.dimensions)
      },
      found: tensors.map { TensorDescription(path: $0.path, shape: $0.shape) })
    var byPath: [String: CheckpointTensor] = [:]
    var twice: [String] = []
    for tensor in tensors {
      if byPath.updateValue(tensor, forKey: tensor.path) != nil { twice.append(tensor.path) }
    }
    guard mismatch.isEmpty, twice.isEmpty else {
      let lines =
        (mismatch.isEmpty ? [] : ["\(mismatch)"])
        + twice.map { "  twice       \($0): two tensors of the file go there" }
      throw .mismatch(file: path, list: lines.joined(separator: "\n"))
    }
    return parameters.map { byPath[$0.path]?.values ?? [] }
  }

  // Note [Names of a state_dict]
  // A name is looked for as it is renamed, else as it is (a file of our own), else behind `layers.`
  // (a `torch.nn.Sequential` of the same layers). PyTorch's batch norms count the batches that they
  // have seen, which no result depends on: `num_batches_tracked` is passed over. Shapes need no change:
  // our parameters lie as PyTorch's do.

  private static func safetensors(
    _ path: String, for graph: TensorGraph, _ renaming: Renaming
  ) throws(InterchangeError) -> ForeignWeights {
    let file = try SafetensorsFile(path)
    let names = file.tensors.map(\.path)
    if let idle = renaming.idleRules(among: names).first {
      throw .unsupported(what: "\(path): holds no tensor \"\(idle.from)\" to be renamed")
    }
    let wanted = Set(graph.parameters.map(\.path))
    var tensors: [CheckpointTensor] = []
    for (index, tensor) in file.tensors.enumerated() {
      let target: String
      switch renaming(tensor.path) {
      case .dropped: continue
      case .renamed(let name): target = name
      case .untouched:
        target =
          [tensor.path, "layers." + tensor.path].first { wanted.contains($0) } ?? tensor.path
      }
      if !wanted.contains(target), target.hasSuffix("num_batches_tracked") { continue }
      tensors.append(
        CheckpointTensor(path: target, shape: tensor.shape, values: try file.values(index)))
    }
    return ForeignWeights(path: path, tensors: tensors)
  }
}
