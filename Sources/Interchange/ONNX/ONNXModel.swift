public import Foundation
public import Graph

/// A network in the Open Neural Network Exchange format.
public struct ONNXModel {
  /// The version of the operators: the first that has all that are used, in ONNX 1.12 and later.
  public static let operatorSet = 17
  /// The version of the file's own layout that goes with it.
  static let intermediateRepresentation = 8

  /// What features are normalised by before the first layer: (x - mean[c]) / deviation[c], c the first
  /// axis of a sample, or one number for all.
  public struct Normalization {
    let mean: [Float]
    let deviation: [Float]

    /// One number a channel, or one for all.
    public init(mean: [Float], deviation: [Float]) {
      (self.mean, self.deviation) = (mean, deviation)
    }
  }

  /// The graph of one number of samples.
  public struct Form {
    /// All nodes, in inference mode.
    public let graph: TensorGraph
    /// The batch.
    public let features: Tensor
    /// What is computed.
    public let output: Tensor

    /// A graph with what goes in and what comes out.
    public init(graph: TensorGraph, features: Tensor, output: Tensor) {
      (self.graph, self.features, self.output) = (graph, features, output)
    }
  }

  /// The file.
  public let bytes: Data

  /// Translates a network: input `features`, output `prediction`, with any number of samples.
  ///
  /// - Parameters:
  ///   - forms: The network for 2 and for 3 samples: what differs is the batch.
  ///   - values: Of each of the graph's parameters, in their order, row-major.
  ///   - normalization: Becomes the first operators, so that features are fed as they were measured.
  ///   - metadata: Texts that the file carries along.
  /// - Throws: `InterchangeError.unsupported` naming the layer that ONNX cannot say.
  public init(
    forms: (two: Form, three: Form), values: [[Float]], normalization: Normalization?,
    metadata: [String: String] = [:]
  ) throws(InterchangeError) {
    var export = ONNXExport(two: forms.two.graph, three: forms.three.graph, values: values)
    let features = forms.two.features.value
    let input = ONNXValue(
      name: "features", element: forms.two.features.type.element,
      extents: try export.extents(of: features))
    export.bind(features, to: input.name)
    if let normalization, forms.two.features.type.element == .float32 {
      export.normalize(features, normalization)
    }
    try export.translate(upTo: forms.two.output.value)
    let output = ONNXValue(
      name: "prediction", element: .float32, extents: try export.extents(of: forms.two.output.value)
    )
    export.emit("Identity", [try export.name(of: forms.two.output.value)], output: output.name)

    let network = ProtobufMessage { graph in
      for node in export.nodes { graph.add(1, node.message) }
      graph.add(2, "trireme")
      for tensor in export.tensors { graph.add(5, tensor.message) }
      graph.add(11, input.message)
      graph.add(12, output.message)
    }
    bytes =
      ProtobufMessage { model in
        model.add(1, Self.intermediateRepresentation)
        model.add(2, "trireme")
        model.add(7, network)
        model.add(8, ProtobufMessage { $0.add(2, Self.operatorSet) })
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
          model.add(
            14,
            ProtobufMessage {
              $0.add(1, key)
              $0.add(2, value)
            })
        }
      }.bytes
  }
}
