import Graph

extension ReferenceBackend {
  /// C[b, m, n] = sum over k of A[b, m, k] B[b, k, n]; a transposed operand swaps its last two axes.
  static func matmul(
    _ a: ReferenceTensor, _ transposeA: Bool, _ b: ReferenceTensor, _ transposeB: Bool,
    result: Shape
  ) -> ReferenceTensor {
    var c = ReferenceTensor(zeros: result)
    let (m, n) = (result[result.rank - 2], result[result.rank - 1])
    let k = transposeA ? a.shape[a.shape.rank - 2] : a.shape[a.shape.rank - 1]
    for batch in 0..<result.dimensions.dropLast(2).reduce(1, *) {
      for row in 0..<m {
        for column in 0..<n {
          var sum = 0.0
          for inner in 0..<k {
            let left = transposeA ? inner * m + row : row * k + inner
            let right = transposeB ? column * k + inner : inner * n + column
            sum += a.values[batch * m * k + left] * b.values[batch * k * n + right]
          }
          c.values[(batch * m + row) * n + column] = sum
        }
      }
    }
    return c
  }

  static func addBias(
    _ x: ReferenceTensor, _ bias: ReferenceTensor, axis: Int
  ) -> ReferenceTensor {
    var y = x
    let (_, extent, inner) = x.split(at: axis)
    for element in y.values.indices {
      y.values[element] += bias.values[element / inner % extent]
    }
    return y
  }
}
