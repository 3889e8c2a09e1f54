import CKernels
import COpenBLAS
import Graph

extension Compiler {
  /// Products of plain matrices by OpenBLAS, which reads transposed operands without a copy.
  ///
  /// Bias and rectifier are applied to the result while it is in cache.
  func lowerMatmul(_ node: Node, _ transposeA: Bool, _ transposeB: Bool) throws(EngineError) {
    let (a, b) = (node.inputs[0], node.inputs[1])
    let result = shape(Value(node: node.index))
    let tail = fuseTail(of: node, biasAxis: result.rank - 1, allowsResidual: false) {
      $0.isRectifier
    }
    let product = MatrixProduct(shape(a), transposeA, shape(b), transposeB)
    var reads = [try plain(a), try plain(b)]
    if let bias = tail.bias { reads.append(try plain(bias)) }
    let target = try define(tail.end, .plain(result))
    let (hasBias, slope) = (tail.bias != nil, tail.activation?.rectifierSlope)
    let rows = product.batch * product.m
    let columns = product.n
    let last = reads.count
    emit("sgemm", reads: reads, writes: [target]) { pointers in
      product.run(pointers[0], pointers[1], pointers[last])
      if hasBias, let slope {
        ck_add_bias_rectify(pointers[last], pointers[2], rows, columns, slope)
      } else if hasBias {
        ck_add_bias(pointers[last], pointers[2], rows, columns)
      } else if let slope {
        ck_rectify(pointers[last], pointers[last], rows * columns, slope)
      }
    }
    try finishResults(tail.end)
  }
}

/// The extents of a row-major, possibly transposed, possibly batched matrix product.
struct MatrixProduct {
  let batch, m, n, k: Int
  private let leadingA, leadingB: Int32
  private let transposeA, transposeB: CBLAS_TRANSPOSE

  init(_ a: Shape, _ transposeA: Bool, _ b: Shape, _ transposeB: Bool) {
    let r = a.rank
    batch = a.dimensions.dropLast(2).reduce(1, *)
    (m, k) = transposeA ? (a[r - 1], a[r - 2]) : (a[r - 2], a[r - 1])
    n = transposeB ? b[r - 2] : b[r - 1]
    leadingA = Int32(max(1, a[r - 1]))
    leadingB = Int32(max(1, b[r - 1]))
    self.transposeA = transposeA ? CblasTrans : CblasNoTrans
    self.transposeB = transposeB ? CblasTrans : CblasNoTrans
  }

  /// C = op(A) op(B) for each matrix of the batch.
  func run(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>
  ) {
    for index in 0..<batch {
      cblas_sgemm(
        CblasRowMajor, transposeA, transposeB, Int32(m), Int32(n), Int32(k), 1, a + index * m * k,
        leadingA, b + index * k * n, leadingB, 0, c + index * m * n, Int32(max(1, n)))
    }
  }
}

extension Unary {
  /// relu and leaky relu: the functions that our own loops apply on the way.
  var isRectifier: Bool { rectifierSlope != nil }

  /// The slope for negative operands; nil if this is no rectifier.
  var rectifierSlope: Float? {
    switch self {
    case .relu: 0
    case .leakyRelu(let slope): slope
    default: nil
    }
  }
}
