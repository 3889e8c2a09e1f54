import Graph

/// How the border of an image is treated by a convolution or a pooling.
public enum Padding: Hashable, Sendable {
  /// No padding: a window lies wholly inside its input.
  case valid
  /// As much as makes the output ceil(input / stride), by TensorFlow's rule.
  case same
  /// So many rows and columns on each side.
  case explicit(top: Int, bottom: Int, left: Int, right: Int)

  /// The same padding on all four sides.
  public static func explicit(_ all: Int) -> Padding {
    .explicit(top: all, bottom: all, left: all, right: all)
  }

  /// The window over an image of `height` x `width`, with its padding counted out.
  ///
  /// TensorFlow's rule for `same`, an axis of extent n, stride s and reach r = (size - 1) * dilation + 1:
  ///
  ///     outputs = ceil(n / s)
  ///     total   = max(0, (outputs - 1) * s + r - n)
  ///     before  = total / 2 rounded down, after = the rest
  ///
  /// so that an odd total puts the extra row at the end. PyTorch's layers take explicit padding,
  /// which is the same on both sides: for an even window or a stride above 1 results differ.
  func window(
    size: Extent2D, strides: Extent2D, dilation: Extent2D = 1, height: Int, width: Int
  ) -> Window {
    var window = Window(
      size: size.dimensions, strides: strides.dimensions, dilation: dilation.dimensions)
    switch self {
    case .valid: break
    case .same:
      for (axis, extent) in [height, width].enumerated() where window.strides[axis] > 0 {
        let outputs = (extent + window.strides[axis] - 1) / window.strides[axis]
        let total = max(
          0, (outputs - 1) * window.strides[axis] + window.reach(axis: axis) - extent)
        window.paddingBefore[axis] = total / 2
        window.paddingAfter[axis] = total - total / 2
      }
    case .explicit(let top, let bottom, let left, let right):
      window.paddingBefore = [top, left]
      window.paddingAfter = [bottom, right]
    }
    return window
  }
}
