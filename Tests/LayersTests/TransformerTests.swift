import Engine
import Foundation
import Graph
import Layers
import Testing

/// Layers over sequences: shapes, parameters, refusals, and PyTorch's numbers.
@Suite struct TransformerTests {
  /// The order of `torch.nn.TransformerEncoderLayer`.
  static let paths = [
    "self_attn.in_proj_weight", "self_attn.in_proj_bias", "self_attn.out_proj.weight",
    "self_attn.out_proj.bias", "linear1.weight", "linear1.bias", "linear2.weight", "linear2.bias",
    "norm1.weight", "norm1.bias", "norm2.weight", "norm2.bias",
  ]

  /// PyTorch 2.15, `TransformerEncoderLayer(4, 2, 6, 0.0, ..., batch_first=True)` in float64 with
  /// parameter i filled with sin(0.7 k + i) / 2, on x = cos(0.3 k) of 2 x 3 x 4.
  static let blocks: [(block: TransformerBlock, values: [Float])] = [
    (
      TransformerBlock(heads: 2, isCausal: false, hidden: 6),
      [
        -0.905254, -0.277726, 0.522115, 0.244882, -0.889678, -0.373017, 0.558568, 0.258969,
        -0.887482, -0.360227, 0.562085, 0.249421, -0.666858, -0.776827, 0.696454, 0.197165,
        -0.854484, -0.359134, 0.605449, 0.200424, -0.876738, -0.366776, 0.579106, 0.235294,
      ]
    ),
    (
      TransformerBlock(heads: 2, isCausal: true, hidden: 6),
      [
        1.612852, 1.321614, 0.628574, -0.005959, 0.989634, 0.44795, -0.438455, -1.136653,
        -0.08541, -0.55577, -1.180468, -1.62339, -0.05793, -0.619259, -0.475308, -0.945504,
        0.920304, 0.476394, 0.655834, 0.108015, 1.691365, 1.234267, 0.869612, 0.111656,
      ]
    ),
  ]

  @Test(arguments: [0, 1]) func blockAgreesWithPyTorch(index: Int) throws {
    let (block, wanted) = Self.blocks[index]
    let built = try Built([block], on: [3, 4], mode: .inference)
    #expect(Set(built.paths) == Set(Self.paths.map { "layers.0.\($0)" }))
    var parameters: [String: [Float]] = [:]
    for parameter in built.graph.parameters {
      let number = try #require(Self.paths.firstIndex { parameter.path.hasSuffix(".0.\($0)") })
      parameters[parameter.path] = (0..<parameter.shape.count).map {
        Float(sin(0.7 * Double($0) + Double(number)) * 0.5)
      }
    }
    let x = (0..<24).map { Float(cos(0.3 * Double($0))) }
    let found = try ReferenceBackend().run(
      built.graph, inputs: ["features": .float32(x)], parameters: parameters,
      fetching: [built.output])[0].floats
    for (found, wanted) in zip(found, wanted) { #expect(abs(found - wanted) < 2e-6) }
    #expect(found.count == wanted.count)
  }

  @Test func headsMustDivideTheWidth() throws {
    let error = try #require(buildError([SelfAttention(heads: 3)], on: [5, 8]))
    #expect(error.reason == "the width 8 is no multiple of 3 heads")
  }

  @Test(
    arguments: [
      SelfAttention(heads: 2), TransformerBlock(heads: 2, isCausal: true), PositionEmbedding(),
      SequencePool(),
    ] as [any Layer])
  func imagesAreRefused(layer: any Layer) throws {
    let error = try #require(buildError(Sequential([layer]), on: [2, 4, 4]))
    #expect(error.reason.contains("N x steps x width"))
  }

  @Test func dropoutsDrawApart() throws {
    let built = try Built([TransformerBlock(heads: 2, isCausal: true, dropout: 0.1)], on: [5, 8])
    #expect(built.context.dropoutCount == 4)
    let inference = try Built(
      [TransformerBlock(heads: 2, isCausal: true, dropout: 0.1)], on: [5, 8], mode: .inference)
    #expect(inference.context.dropoutCount == 0)
  }

  /// Row 1 of width 4: sin 1, cos 1, sin 0.01, cos 0.01.
  @Test func sinusoidsOfVaswani() throws {
    let built = try Built([PositionEmbedding(isSinusoidal: true)], on: [3, 4])
    let table = try #require(built.graph.parameters.first)
    #expect(!table.isTrained)
    let values = table.initializer.values(table.shape, path: table.path, seed: 0)
    for (found, wanted) in zip(
      values, [0, 1, 0, 1, 0.8414710, 0.5403023, 0.0099998, 0.9999500] as [Float])
    {
      #expect(abs(found - wanted) < 1e-6)
    }
  }

  // MARK: - Shared weights

  private static func tied(_ path: String, units: Int = 9) -> Model {
    Model(
      inputShape: [5],
      layers: [
        Embedding(tokens: 9, units: 4),
        Dense(units: units, useBias: false, sharedWeight: path),
      ])
  }

  @Test func sharedWeightIsOneParameter() throws {
    let graph = try TrainingGraph(
      model: Self.tied("layers.0.weight"), loss: .softmaxCrossEntropy, batchSize: 2)
    #expect(graph.graph.parameters.map(\.path) == ["layers.0.weight"])
  }

  @Test(arguments: [("layers.7.weight", 9, "no earlier"), ("layers.0.weight", 8, "9x4")])
  func wrongSharedWeightIsRefused(path: String, units: Int, text: String) throws {
    let error = #expect(throws: GraphError.self) {
      try PredictionGraph(
        model: Self.tied(path, units: units), loss: .softmaxCrossEntropy, batchSize: 2)
    }
    #expect(error?.reason.contains(text) == true)
  }

  // MARK: - Padding

  /// Rows 0 ... 3 of a table of one column; token 0 is padding.
  private static func pooled(_ kind: SequencePool.Kind, _ tokens: [Int32]) throws -> [Float] {
    let model = Model(
      inputShape: [4], layers: [Embedding(tokens: 4, units: 1, padding: 0), SequencePool(kind)])
    let graph = try PredictionGraph(model: model, loss: .meanSquaredError, batchSize: 2)
    return try ReferenceBackend().run(
      graph.graph, inputs: ["features": .int32(tokens)],
      parameters: ["layers.0.weight": [100, 1, 2, 6]], fetching: [graph.output])[0].floats
  }

  @Test func poolsLeavePaddingOut() throws {
    let tokens: [Int32] = [1, 2, 3, 0, 2, 0, 0, 0]
    #expect(try Self.pooled(.mean, tokens) == [3, 2])
    #expect(try Self.pooled(.last, tokens) == [6, 2])
    #expect(try Self.pooled(.first, tokens) == [1, 2])
    #expect(try Self.pooled(.mean, [0, 0, 0, 0, 3, 3, 3, 3]) == [0, 6])
    #expect(try Self.pooled(.last, [1, 1, 1, 2, 3, 3, 3, 3]) == [2, 6])
  }

  @Test func paddingMustBeAToken() throws {
    let model = Model(inputShape: [4], layers: [Embedding(tokens: 4, units: 1, padding: 4)])
    #expect(throws: GraphError.self) {
      try PredictionGraph(model: model, loss: .meanSquaredError, batchSize: 1)
    }
  }
}
