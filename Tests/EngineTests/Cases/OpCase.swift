import Engine
import Graph
import Testing

/// A small graph with its leaves: what both the finite differences and the engine are held against.
struct OpCase: Sendable, CustomTestStringConvertible {
  let name: String
  let leaves: [Leaf]
  /// False where the op has no gradient rule.
  let isDifferentiable: Bool
  /// Makes the results from the leaves; the first is the one that is differentiated.
  let build: @Sendable ([Tensor]) throws -> [Tensor]

  init(
    _ name: String, _ leaves: [Leaf], isDifferentiable: Bool = true,
    results build: @escaping @Sendable ([Tensor]) throws -> [Tensor]
  ) {
    self.name = name
    self.leaves = leaves
    self.isDifferentiable = isDifferentiable
    self.build = build
  }

  init(
    _ name: String, _ leaves: [Leaf], isDifferentiable: Bool = true,
    _ build: @escaping @Sendable ([Tensor]) throws -> Tensor
  ) {
    self.init(name, leaves, isDifferentiable: isDifferentiable) { [try build($0)] }
  }

  var testDescription: String { name }
}

/// A case as a graph with a loss, its gradients and everything to feed.
struct BuiltCase {
  let graph: TensorGraph
  /// The results of the case.
  let results: [Tensor]
  /// The sum of the first result times a fixed random projection.
  let loss: Tensor
  /// The real leaves and the gradient of the loss for each.
  let gradients: [(leaf: Leaf, tensor: Tensor)]
  let inputs: [String: HostArray]
  let parameters: [String: [Float]]
}

extension OpCase {
  /// The forward and backward graph.
  func built() throws -> BuiltCase {
    let graph = TensorGraph()
    var leaves = leaves
    var tensors: [Tensor] = []
    for leaf in leaves { tensors.append(try leaf.tensor(in: graph)) }
    let results = try build(tensors)
    // A plain sum would hide errors that cancel; softmax and batch norm have a sum of 0 or 1.
    let projection = Leaf.input("projection", results[0].shape)
    leaves.append(projection)
    let loss = try (results[0] * (try projection.tensor(in: graph))).sum()
    var gradients: [(leaf: Leaf, tensor: Tensor)] = []
    if isDifferentiable {
      let real = zip(leaves, tensors).filter { $0.0.isReal }
      let found = try graph.gradients(of: loss, withRespectTo: real.map { $0.1 })
      gradients = zip(real, found).map { (leaf: $0.0.0, tensor: $0.1) }
    }
    var inputs: [String: HostArray] = [:]
    var parameters: [String: [Float]] = [:]
    for leaf in leaves {
      let values = leaf.values(of: name)
      switch leaf.role {
      case .input: inputs[leaf.name] = values
      case .parameter: parameters[leaf.name] = values.floats
      }
    }
    return BuiltCase(
      graph: graph, results: results, loss: loss, gradients: gradients, inputs: inputs,
      parameters: parameters)
  }
}
