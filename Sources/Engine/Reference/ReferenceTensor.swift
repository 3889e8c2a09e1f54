import Graph

/// A tensor of the reference backend: row-major doubles, whatever the precision of the run.
struct ReferenceTensor {
  let shape: Shape
  var values: [Double]

  init(_ shape: Shape, _ values: [Double]) {
    self.shape = shape
    self.values = values
  }

  /// A tensor of zeros, to accumulate into.
  init(zeros shape: Shape) {
    self.init(shape, [Double](repeating: 0, count: shape.count))
  }

  /// The extents before, on and after `axis`: element (o, a, i) is at (o * extent + a) * inner + i.
  func split(at axis: Int) -> (outer: Int, extent: Int, inner: Int) {
    (
      shape.dimensions[..<axis].reduce(1, *), shape[axis],
      shape.dimensions[(axis + 1)...].reduce(1, *)
    )
  }

  /// Each value rounded to the nearest `Float`.
  func rounded() -> ReferenceTensor {
    ReferenceTensor(shape, values.map { Double(Float($0)) })
  }
}

extension Shape {
  /// Calls `body` with each index in row-major order and its offset under `strides`.
  ///
  /// Every op that moves elements is one choice of `strides`: 0 repeats an axis, another order of
  /// the row-major ones transposes.
  func forEachOffset(_ strides: [Int], _ body: (_ element: Int, _ offset: Int) -> Void) {
    var index = [Int](repeating: 0, count: rank)
    var offset = 0
    for element in 0..<count {
      body(element, offset)
      var axis = rank - 1
      while axis >= 0 {
        index[axis] += 1
        offset += strides[axis]
        if index[axis] < self[axis] { break }
        offset -= strides[axis] * index[axis]
        index[axis] = 0
        axis -= 1
      }
    }
  }

  /// The strides under which this shape is read as if it were `target`: 0 on repeated axes.
  func broadcastStrides(to target: Shape) -> [Int] {
    let missing = target.rank - rank
    let own = strides
    return (0..<target.rank).map { axis in
      axis < missing || self[axis - missing] == 1 ? 0 : own[axis - missing]
    }
  }
}
