import Graph
import Layers
import Testing

@Suite struct ShapeLayerTests {
  @Test func flattenKeepsTheBatch() throws {
    #expect(try Built([Flatten()], on: [3, 4, 5]).output.shape == [2, 60])
  }

  @Test func reshapeLeavesTheBatchOut() throws {
    #expect(try Built([Reshape(shape: [1, 8, 8])], on: [64]).output.shape == [2, 1, 8, 8])
  }

  @Test func reshapeInfersOneExtent() throws {
    #expect(try Built([Reshape(shape: [4, -1])], on: [8, 8]).output.shape == [2, 4, 16])
  }

  @Test func reshapeRefusesAnotherCount() {
    #expect(
      buildError([Reshape(shape: [7, -1])], on: [64])?.description
        == "layers.0: reshape: 64 elements a sample of 2x64 do not divide into [7, -1]")
    #expect(buildError([Reshape(shape: [63])], on: [64])?.scope == "layers.0")
    #expect(buildError([Reshape(shape: [-1, -1])], on: [64])?.scope == "layers.0")
  }
}
