import Graph

extension ReferenceBackend {
  static func transpose(
    _ x: ReferenceTensor, _ permutation: [Int], result: Shape
  ) -> ReferenceTensor {
    var y = ReferenceTensor(zeros: result)
    let strides = x.shape.strides
    result.forEachOffset(permutation.map { strides[$0] }) { element, offset in
      y.values[element] = x.values[offset]
    }
    return y
  }

  static func sum(_ x: ReferenceTensor, _ axes: [Int], result: Shape) -> ReferenceTensor {
    var y = ReferenceTensor(zeros: result)
    // Where the summed axes are kept they have the extent 1; the offsets are the same.
    let kept = Shape(x.shape.dimensions.enumerated().map { axes.contains($0) ? 1 : $1 })
    x.shape.forEachOffset(kept.broadcastStrides(to: x.shape)) { element, offset in
      y.values[offset] += x.values[element]
    }
    return y
  }

  static func broadcast(_ x: ReferenceTensor, to shape: Shape) -> ReferenceTensor {
    var y = ReferenceTensor(zeros: shape)
    shape.forEachOffset(x.shape.broadcastStrides(to: shape)) { element, offset in
      y.values[element] = x.values[offset]
    }
    return y
  }
}
