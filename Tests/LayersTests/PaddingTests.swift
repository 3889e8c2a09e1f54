import Graph
import Layers
import Testing

@Suite struct PaddingTests {
  /// The window that a convolution of a 1 x n x n image gets.
  private func window(
    _ padding: Padding, n: Int, kernel: Int, stride: Int = 1, dilation: Int = 1
  ) throws -> Window {
    let layer = Conv2D(
      filters: 1, kernel: Extent2D(kernel, kernel), strides: Extent2D(stride, stride),
      padding: padding, dilation: Extent2D(dilation, dilation))
    for case .convolution(let window, _) in try Built([layer], on: [1, n, n]).ops { return window }
    throw GraphError("test", "no convolution")
  }

  /// Values of TensorFlow's rule, `tf.nn.convolution(padding="SAME")`.
  @Test(
    arguments: [
      (5, 3, 2, 1, 1, 1), (6, 3, 2, 1, 0, 1), (28, 5, 1, 1, 2, 2), (8, 2, 1, 1, 0, 1),
      (7, 3, 1, 2, 2, 2), (10, 1, 3, 1, 0, 0), (9, 4, 4, 1, 1, 2), (7, 2, 2, 1, 0, 1),
    ])
  func sameFollowsTensorFlow(
    n: Int, kernel: Int, stride: Int, dilation: Int, before: Int, after: Int
  ) throws {
    let window = try window(.same, n: n, kernel: kernel, stride: stride, dilation: dilation)
    #expect(window.paddingBefore == [before, before])
    #expect(window.paddingAfter == [after, after])
    #expect(window.outputExtent(n, axis: 0) == (n + stride - 1) / stride)
  }

  @Test func validHasNone() throws {
    let window = try window(.valid, n: 8, kernel: 3)
    #expect(window.paddingBefore == [0, 0])
    #expect(window.paddingAfter == [0, 0])
  }

  @Test func explicitSidesGoWhereTheyAreNamed() throws {
    let window = try window(.explicit(top: 1, bottom: 2, left: 3, right: 4), n: 8, kernel: 3)
    #expect(window.paddingBefore == [1, 3])
    #expect(window.paddingAfter == [2, 4])
  }
}
