import Graph
import Layers
import Testing

@Suite struct PoolingTests {
  @Test func stridesDefaultToTheSize() throws {
    let built = try Built([MaxPool2D(size: Extent2D(2, 3))], on: [4, 8, 9])
    #expect(built.ops == [.pool(.maximum, Window(size: [2, 3], strides: [2, 3]))])
    #expect(built.output.shape == [2, 4, 4, 3])
  }

  @Test func stridesMayDiffer() throws {
    let built = try Built([AveragePool2D(size: 3, strides: 1, padding: .same)], on: [4, 8, 9])
    #expect(
      built.ops == [
        .pool(.average, Window(size: [3, 3], paddingBefore: [1, 1], paddingAfter: [1, 1]))
      ])
    #expect(built.output.shape == [2, 4, 8, 9])
  }

  @Test(arguments: [GlobalAveragePool2D() as any Layer, GlobalMaxPool2D()])
  func globalPoolingLeavesOneValueAChannel(layer: any Layer) throws {
    let built = try Built(Sequential([layer]), on: [4, 8, 9])
    #expect(built.output.shape == [2, 4])
  }

  @Test(arguments: [MaxPool2D() as any Layer, AveragePool2D(), GlobalMaxPool2D()])
  func refusesInputsThatAreNotImages(layer: any Layer) {
    let error = buildError(Sequential([layer]), on: [4])
    #expect(error?.reason == "needs an input N x C x H x W, is 2x4")
  }
}
