import Graph
import Layers

/// A model built for a batch, for tests that look at its shapes, paths and nodes.
struct Built {
  let graph: TensorGraph
  let output: Tensor
  let context: BuildContext

  init(
    _ layers: Sequential, on input: Shape, batch: Int = 2, mode: TensorGraph.Mode = .training
  ) throws {
    graph = TensorGraph(mode: mode)
    var context = BuildContext(graph: graph, batchSize: batch)
    let model = Model(inputShape: input, layers: layers)
    let features = graph.input("features", TensorType(model.batchShape(batch)))
    output = try model.logits(features, &context)
    self.context = context
  }

  var paths: [String] { graph.parameters.map(\.path) }
  var shapes: [Shape] { graph.parameters.map(\.shape) }
  /// The ops in order, leaves left out.
  var ops: [Op] { graph.nodes.filter { !$0.inputs.isEmpty }.map(\.op) }
}

/// The error of building `layers`, nil if they fit.
func buildError(_ layers: Sequential, on input: Shape) -> GraphError? {
  do {
    _ = try Built(layers, on: input)
    return nil
  } catch {
    return error as? GraphError
  }
}
