extension TensorGraph {
  /// Appends the backward pass and returns the gradient of the scalar `loss` for each of `targets`.
  ///
  /// Reverse accumulation: nodes are visited from last to first; where a value is used more than
  /// once its gradients are added in the order in which they are met, which is fixed by the graph.
  /// A target that the loss does not depend on gets a constant of zeros.
  ///
  /// - Parameter seed: The gradient of the loss itself, a scalar; 1 if nil. Weights such as 1 / batch
  ///   size enter here.
  /// - Throws: `GraphError` if the loss or the seed is no scalar, a tensor belongs to another graph, or
  ///   an op on the way has no gradient.
  public func gradients(
    of loss: Tensor, withRespectTo targets: [Tensor], seed: Tensor? = nil
  ) throws(GraphError) -> [Tensor] {
    try expectOwn([loss] + targets + (seed.map { [$0] } ?? []), "gradient")
    guard loss.shape.rank == 0 else {
      throw GraphError("gradient", "the loss must be a scalar, is \(loss.shape)")
    }
    if let seed, seed.type != loss.type {
      throw GraphError("gradient", "the seed must be a scalar, is \(seed.type)")
    }
    let needed = nodesDependingOn(targets.map(\.value), upTo: loss.value.node)
    var gradients: [Value: Tensor] = [loss.value: seed ?? constant(1)]
    for index in stride(from: loss.value.node, through: 0, by: -1) where needed[index] {
      let node = nodes[index]
      let results = node.outputs.indices.map { gradients[Value(node: index, output: $0)] }
      guard node.op.arity > 0, results.contains(where: { $0 != nil }) else { continue }
      let wanted = node.inputs.map { needed[$0.node] }
      let operands = node.inputs.map { Tensor(graph: self, value: $0) }
      let outputs = node.outputs.indices.map {
        Tensor(graph: self, value: Value(node: index, output: $0))
      }
      let rule = GradientRule(
        operands: operands, results: outputs, gradients: results, wanted: wanted)
      // The gradient's nodes belong to the layer of the node they differentiate.
      try withScope(node.scope) { () throws(GraphError) in
        for (operand, gradient) in zip(node.inputs, try rule.apply(node.op)) {
          guard let gradient else { continue }
          if let earlier = gradients[operand] {
            gradients[operand] = try earlier + gradient
          } else {
            gradients[operand] = gradient
          }
        }
      }
    }
    return targets.map { gradients[$0.value] ?? constant(0, $0.shape) }
  }

  /// For each node whether it is, or reads, one of `targets`.
  private func nodesDependingOn(_ targets: [Value], upTo last: Int) -> [Bool] {
    var depends = [Bool](repeating: false, count: nodes.count)
    for target in targets { depends[target.node] = true }
    for index in 0...last where nodes[index].inputs.contains(where: { depends[$0.node] }) {
      depends[index] = true
    }
    return depends
  }
}
