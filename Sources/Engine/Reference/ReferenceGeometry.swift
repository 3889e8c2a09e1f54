import Graph

/// Which input elements each window of a convolution or pooling covers, over the spatial axes only.
///
/// Elements are numbered row-major within one channel's plane. Taps on padding are left out: to a
/// convolution they are zeros, to pooling they do not exist.
struct ReferenceGeometry {
  /// One covered element: its number in the input plane and in the window.
  struct Tap {
    let input: Int
    let window: Int
  }

  /// The taps of each output element, in row-major window order.
  let windows: [[Tap]]
  /// Elements of one input plane.
  let inputCount: Int
  /// Elements of one window.
  let windowCount: Int

  /// The geometry of `window` on an input of N x C x spatial.
  init(_ window: Window, input: Shape) {
    let plane = Shape(Array(input.dimensions.dropFirst(2)))
    let size = Shape(window.size)
    let output = Shape(
      plane.dimensions.indices.map { window.outputExtent(plane[$0], axis: $0) })
    inputCount = plane.count
    windowCount = size.count
    windows = (0..<output.count).map { element in
      let corner = Self.index(of: element, in: output)
      return (0..<size.count).compactMap { tap in
        let inside = Self.index(of: tap, in: size)
        var offset = 0
        for axis in plane.dimensions.indices {
          let position =
            corner[axis] * window.strides[axis] - window.paddingBefore[axis]
            + inside[axis] * window.dilation[axis]
          guard (0..<plane[axis]).contains(position) else { return nil }
          offset = offset * plane[axis] + position
        }
        return Tap(input: offset, window: tap)
      }
    }
  }

  private static func index(of element: Int, in shape: Shape) -> [Int] {
    zip(shape.strides, shape.dimensions).map { element / $0 % $1 }
  }
}
