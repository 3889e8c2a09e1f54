public import Graph

/// Rows and columns of zeros around N x C x H x W.
public struct ZeroPad2D: Layer {
  /// Rows above.
  public var top: Int
  /// Rows below.
  public var bottom: Int
  /// Columns on the left.
  public var left: Int
  /// Columns on the right.
  public var right: Int

  /// A border of zeros.
  public init(top: Int, bottom: Int, left: Int, right: Int) {
    (self.top, self.bottom, self.left, self.right) = (top, bottom, left, right)
  }

  /// The name in job files.
  public var name: String { "zeroPad2d" }

  /// N x C x H x W -> N x C x (top + H + bottom) x (left + W + right).
  public func callAsFunction(
    _ x: Tensor, _ context: inout BuildContext
  ) throws(GraphError) -> Tensor {
    try expectImages(x)
    return try x.padded(before: [0, 0, top, left], after: [0, 0, bottom, right])
  }
}
