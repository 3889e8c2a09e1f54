import Graph
import Layers
import Testing

@Suite struct Conv2DTests {
  @Test func hasPyTorchsLayout() throws {
    let built = try Built([Conv2D(filters: 16, kernel: Extent2D(3, 5))], on: [8, 10, 12])
    #expect(built.paths == ["layers.0.weight", "layers.0.bias"])
    #expect(built.shapes == [[16, 8, 3, 5], [16]])
    #expect(built.output.shape == [2, 16, 8, 8])
  }

  @Test func groupsDivideTheWeightsChannels() throws {
    let built = try Built(
      [Conv2D(filters: 16, kernel: 3, groups: 4, useBias: false)], on: [8, 10, 12])
    #expect(built.shapes == [[16, 2, 3, 3]])
  }

  @Test func fusesNothingButKeepsTheOrderConvolutionBiasActivation() throws {
    let built = try Built([Conv2D(filters: 2, kernel: 3, activation: .relu)], on: [1, 8, 8])
    #expect(
      built.ops == [
        .convolution(Window(size: [3, 3]), groups: 1), .addBias(axis: 1), .unary(.relu),
      ])
  }

  @Test func passesStridesAndDilationOn() throws {
    let built = try Built(
      [Conv2D(filters: 2, kernel: 3, strides: Extent2D(2, 1), dilation: Extent2D(1, 2))],
      on: [1, 9, 9])
    #expect(built.output.shape == [2, 2, 4, 5])
  }

  @Test func namesLayerAndShapesWhenTheWindowDoesNotFit() throws {
    let error = try #require(
      buildError(
        [
          Conv2D(filters: 2, kernel: 3), MaxPool2D(), Conv2D(filters: 2, kernel: 3),
        ], on: [1, 4, 4]))
    #expect(error.scope == "layers.2")
    #expect(error.description.contains("3x3"))
    #expect(error.description.contains("2x2x1x1"))
  }

  @Test func refusesInputsThatAreNotImages() {
    #expect(
      buildError([Conv2D(filters: 2, kernel: 3)], on: [64])?.description
        == "layers.0: conv2d: needs an input N x C x H x W, is 2x64")
  }

  @Test func refusesGroupsThatDoNotDivideTheChannels() {
    #expect(
      buildError([Conv2D(filters: 4, kernel: 3, groups: 2)], on: [3, 8, 8])?.description
        == "layers.0: conv2d: 3 channels of 2x3x8x8 and 4 filters are not divisible by 2 groups")
  }
}
