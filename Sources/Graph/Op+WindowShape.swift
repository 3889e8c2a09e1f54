extension Op {
  /// N x O x spatial' of a convolution, after all that it asks of its operands.
  func convolutionShape(
    _ x: Shape, _ filter: Shape, _ window: Window, _ groups: Int
  ) throws(GraphError) -> Shape {
    let axes = window.size.count
    guard x.rank == axes + 2, filter.rank == axes + 2 else {
      throw GraphError(
        name, "a window of \(axes) axes needs an input of \(axes + 2) axes, is \(x)")
    }
    guard groups > 0, x[1] % groups == 0, filter[0] % groups == 0, filter[1] == x[1] / groups else {
      throw GraphError(
        name, "filter \(filter) does not fit the channels of \(x) in \(groups) groups")
    }
    guard filter.dimensions.dropFirst(2) == window.size[...] else {
      throw GraphError(name, "filter \(filter) does not have the window \(Shape(window.size))")
    }
    return Shape([x[0], filter[0]] + (try windowed(x, window)))
  }

  /// N x C x spatial' of a pooling.
  func poolShape(_ x: Shape, _ window: Window) throws(GraphError) -> Shape {
    guard x.rank == window.size.count + 2 else {
      throw GraphError(
        name,
        "a window of \(window.size.count) axes needs an input of \(window.size.count + 2) axes, is \(x)"
      )
    }
    let extents = try windowed(x, window)
    for axis in window.size.indices {
      guard max(window.paddingBefore[axis], window.paddingAfter[axis]) < window.reach(axis: axis)
      else {
        throw GraphError(name, "padding must be smaller than the window \(Shape(window.size))")
      }
      // A mean or a maximum over padding alone does not exist.
      if let empty = window.emptyPosition(extent: x[axis + 2], axis: axis) {
        throw GraphError(
          name,
          "at position \(empty) of axis \(axis + 2) all elements of the window \(Shape(window.size)), dilated by \(window.dilation[axis]), lie in the padding of \(x)"
        )
      }
    }
    return Shape([x[0], x[1]] + extents)
  }

  /// The extents after sliding `window` over the spatial axes of `x`.
  private func windowed(_ x: Shape, _ window: Window) throws(GraphError) -> [Int] {
    let all = [
      window.size, window.strides, window.dilation, window.paddingBefore, window.paddingAfter,
    ]
    guard all.allSatisfy({ $0.count == window.size.count }) else {
      throw GraphError(
        name,
        "a window of \(window.size.count) axes needs as many strides, dilations and paddings: \(window)"
      )
    }
    guard all.allSatisfy({ $0.allSatisfy { $0 <= Int(Int32.max) } }),
      (window.size + window.strides + window.dilation).allSatisfy({ $0 > 0 }),
      (window.paddingBefore + window.paddingAfter).allSatisfy({ $0 >= 0 })
    else {
      throw GraphError(
        name,
        "sizes, strides and dilations must be positive, padding not negative, all below 2^31: \(window)"
      )
    }
    var extents: [Int] = []
    for axis in window.size.indices {
      let extent = window.outputExtent(x[axis + 2], axis: axis)
      guard extent > 0 else {
        throw GraphError(
          name,
          "window \(Shape(window.size)) (reach \(window.reach(axis: axis)) on axis \(axis)) is larger than its input \(x)"
        )
      }
      extents.append(extent)
    }
    return extents
  }
}
