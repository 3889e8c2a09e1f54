import Graph
import Testing

@Suite struct ShapeTests {
  @Test func countAndStridesAreRowMajor() {
    let shape: Shape = [2, 3, 4]
    #expect(shape.count == 24)
    #expect(shape.strides == [12, 4, 1])
    #expect(Shape([]).count == 1)
    #expect(Shape([]).strides == [])
  }

  @Test func descriptionsAreShort() {
    #expect(Shape([32, 3, 28, 28]).description == "32x3x28x28")
    #expect(Shape([]).description == "scalar")
    #expect(TensorType([32], .int32).description == "int32 32")
    #expect(TensorType([2, 3]).byteCount == 24)
  }

  @Test(
    arguments: [
      ([2, 3], [2, 3], [2, 3]), ([2, 3], [3], [2, 3]), ([3], [2, 3], [2, 3]),
      ([2, 1], [1, 3], [2, 3]), ([], [2, 3], [2, 3]), ([], [], []), ([1], [], [1]),
      ([4, 1], [5], [4, 5]), ([2, 1, 4], [3, 1], [2, 3, 4]), ([1, 1], [1], [1, 1]),
      ([2, 3], [3, 2], nil), ([2, 3], [2], nil), ([2], [3], nil), ([2, 1, 3], [2, 2], nil),
    ] as [(Shape, Shape, Shape?)]
  )
  func broadcasting(_ a: Shape, _ b: Shape, _ wanted: Shape?) {
    #expect(a.broadcast(with: b) == wanted)
    #expect(b.broadcast(with: a) == wanted)
  }

  @Test(
    arguments: [
      (7, 3, 1, 0, 0, 1, 5), (7, 3, 2, 0, 0, 1, 3), (8, 3, 2, 0, 0, 1, 3), (7, 3, 1, 1, 1, 1, 7),
      (7, 3, 2, 1, 1, 1, 4), (7, 3, 1, 0, 0, 2, 3), (6, 2, 3, 0, 1, 1, 2), (3, 3, 1, 0, 0, 1, 1),
      (2, 3, 1, 0, 0, 1, 0), (4, 3, 1, 0, 0, 2, 0), (2, 3, 5, 1, 0, 1, 1),
    ]
  )
  func windowCountsItsOutputs(
    _ extent: Int, _ size: Int, _ stride: Int, _ before: Int, _ after: Int, _ dilation: Int,
    _ wanted: Int
  ) {
    let window = Window(
      size: [size], strides: [stride], paddingBefore: [before], paddingAfter: [after],
      dilation: [dilation])
    #expect(window.outputExtent(extent, axis: 0) == wanted)
  }
}
