import Graph
import Layers
import Testing

/// Shapes, parameters and refusals of the layers that have no file of their own.
@Suite struct MoreLayersTests {
  @Test func embeddingTakesTokens() throws {
    let model = Model(inputShape: [7], layers: [Embedding(tokens: 20, units: 3), Flatten()])
    let prediction = try PredictionGraph(model: model, loss: .meanSquaredError, batchSize: 2)
    #expect(prediction.features.type == TensorType([2, 7], .int32))
    #expect(prediction.output.shape == [2, 21])
    #expect(prediction.graph.parameters.map(\.shape) == [[20, 3]])
  }

  @Test func embeddingOfFeaturesIsRefused() throws {
    let layers: Sequential = [Dense(units: 4), Embedding(tokens: 20, units: 3)]
    #expect(buildError(layers, on: [4])?.scope == "layers.1")
  }

  @Test(
    arguments: [
      LayerNorm(), RMSNorm(), GroupNorm(groups: 2), GroupNorm(groups: 6),
    ] as [any Layer])
  func normalisationsKeepTheShape(layer: any Layer) throws {
    let built = try Built(Sequential([layer]), on: [6, 4, 6])
    #expect(built.output.shape == [2, 6, 4, 6])
    #expect(built.shapes.allSatisfy { $0 == [6] })
    #expect(built.graph.parameters.first?.initializer == .ones)
  }

  @Test func groupsMustDivideChannels() throws {
    let error = try #require(buildError([GroupNorm(groups: 4)], on: [6, 3]))
    #expect(error.reason.contains("4 groups"))
  }

  @Test(
    arguments: [
      (Conv1D(filters: 4, kernel: 3), [2, 4, 8] as Shape),
      (Conv1D(filters: 4, kernel: 3, strides: 2, padding: .same), [2, 4, 5] as Shape),
      (Conv1D(filters: 4, kernel: 3, padding: .causal, dilation: 2), [2, 4, 10] as Shape),
      (
        Conv1D(filters: 4, kernel: 3, padding: .explicit(before: 1, after: 0), groups: 2),
        [2, 4, 9] as Shape
      ),
    ] as [(Conv1D, Shape)])
  func lineConvolutions(layer: Conv1D, shape: Shape) throws {
    let built = try Built([layer], on: [6, 10])
    #expect(built.output.shape == shape)
    #expect(built.shapes == [[4, 6 / layer.groups, 3], [4]])
  }

  @Test(
    arguments: [
      (ConvTranspose2D(filters: 4, kernel: 3), [2, 4, 7, 8] as Shape),
      (ConvTranspose2D(filters: 4, kernel: 2, strides: 2), [2, 4, 10, 12] as Shape),
      (
        ConvTranspose2D(filters: 4, kernel: 3, strides: 2, padding: .same), [2, 4, 10, 12] as Shape
      ),
      (
        ConvTranspose2D(filters: 4, kernel: 3, strides: 2, padding: .explicit(1), extra: 1),
        [2, 4, 10, 12] as Shape
      ),
    ] as [(ConvTranspose2D, Shape)])
  func transposedConvolutionsGrow(layer: ConvTranspose2D, shape: Shape) throws {
    let built = try Built([layer], on: [6, 5, 6])
    #expect(built.output.shape == shape)
    #expect(built.shapes == [[6, 4, layer.kernel.height, layer.kernel.width], [4]])
  }

  @Test func depthwiseConvolutionsHaveAGroupAChannel() throws {
    let built = try Built(
      [DepthwiseConv2D(kernel: 3, multiplier: 2, padding: .same)], on: [6, 5, 5])
    #expect(built.output.shape == [2, 12, 5, 5])
    #expect(built.shapes == [[12, 1, 3, 3], [12]])
  }

  @Test(
    arguments: [
      (Upsample2D(factor: Extent2D(2, 3)), [2, 6, 8, 15] as Shape),
      (ZeroPad2D(top: 1, bottom: 0, left: 2, right: 3), [2, 6, 5, 10] as Shape),
      (Slice(axis: 1, start: 2, count: 3), [2, 3, 4, 5] as Shape),
      (Slice(axis: 3, start: 1), [2, 6, 4, 4] as Shape),
      (Gather(indices: [5, 0, 1, 1]), [2, 4, 4, 5] as Shape),
    ] as [(any Layer, Shape)])
  func movementsOfPixels(layer: any Layer, shape: Shape) throws {
    #expect(try Built(Sequential([layer]), on: [6, 4, 5]).output.shape == shape)
  }

  @Test func neighboursAreGatheredInOnePiece() throws {
    let built = try Built([Gather(indices: [5, 0, 1, 1])], on: [6, 4])
    #expect(
      built.ops == [
        .slice(offsets: [0, 5, 0], [2, 1, 4]), .slice(offsets: [0, 0, 0], [2, 2, 4]),
        .slice(offsets: [0, 1, 0], [2, 1, 4]), .concatenate(axis: 1, count: 3),
      ])
  }

  @Test func gatherOutsideIsRefused() throws {
    let error = try #require(buildError([Gather(indices: [0, 6])], on: [6, 4]))
    #expect(error.reason.contains("index 6"))
  }

  @Test func sliceOutsideIsRefused() throws {
    let error = try #require(buildError([Slice(axis: 1, start: 4, count: 3)], on: [6, 4]))
    #expect(error.reason.contains("4 ..< 7"))
  }
}
