/// A height and a width: of a window, of its strides or of its dilation.
public struct Extent2D: Hashable, Sendable, ExpressibleByIntegerLiteral {
  /// Elements along axis 2 of N x C x H x W.
  public var height: Int
  /// Elements along axis 3 of N x C x H x W.
  public var width: Int

  /// An extent of `height` by `width`.
  public init(_ height: Int, _ width: Int) {
    self.height = height
    self.width = width
  }

  /// A square, written as a number.
  public init(integerLiteral side: Int) { self.init(side, side) }

  /// Height, then width.
  public var dimensions: [Int] { [height, width] }
}
