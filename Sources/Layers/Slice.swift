public import Graph

/// The elements `start ..< start + count` of an axis.
public struct Slice: Layer {
  /// The axis; 1 is that of channels.
  public var axis: Int
  /// The first element.
  public var start: Int
  /// The number of elements; all from ``start`` on if nil.
  public var count: Int?

  /// A part of an axis.
  public init(axis: Int = 1, start: Int = 0, count: Int? = nil) {
    self.axis = axis
    self.start = start
    self.count = count
  }

  /// The name in job files.
  public var name: String { "slice" }

  /// N x ... -> the same with fewer elements of ``axis``.
  public func callAsFunction(
    _ x: Tensor, _ context: inout BuildContext
  ) throws(GraphError) -> Tensor {
    guard axis > 0, axis < x.shape.rank else {
      throw error("no axis \(axis) behind the batch in \(x.shape)", in: x.graph)
    }
    let end = count.map { start + $0 } ?? x.shape[axis]
    guard start >= 0, start < end, end <= x.shape[axis] else {
      throw error(
        "\(start) ..< \(end) does not lie within axis \(axis) of \(x.shape)", in: x.graph)
    }
    return try x.sliced(axis: axis, start..<end)
  }
}
