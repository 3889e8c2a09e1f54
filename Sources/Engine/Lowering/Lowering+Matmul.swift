import CKernels
import COneDNN
import Graph

extension Compiler {
  // Note [Matrix products]
  // Parameters of dense layers stay row-major, because three products read or write them: forward
  // x Wᵀ, and backward dy W and dyᵀ x. Measured on one core of an AVX-512 Xeon (32 x 1024 -> 64,
  // microseconds; OpenBLAS 0.3.21 does not know this processor and takes 320-350 for each):
  //
  //     x Wᵀ: matmul primitive 92, dnnl_sgemm 134      dy W: 78, 56      dyᵀ x: 74, 60
  //
  // So products with a transposed second operand take the primitive, which also fuses bias and
  // activation, and the others `dnnl_sgemm`; those of a few samples our own loops (Note [Thin
  // products]). The rule looks at nothing but the form of the
  // product: a choice by measurement would give other bits in the next run.

  func lowerMatmul(_ node: Node, _ transposeA: Bool, _ transposeB: Bool) throws(EngineError) {
    if transposeB, !transposeA, shape(node.inputs[0]).rank == 2 {
      if isThin(shape(node.inputs[0])) { return try lowerThinProduct(node) }
      if try lowerShortProduct(node, transposeA, transposeB) { return }
      return try lowerProductWithTransposed(node)
    }
    if transposeA, !transposeB, try lowerThinGradient(node) { return }
    if try lowerShortProduct(node, transposeA, transposeB) { return }
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
      if hasBias { ck_add_bias(pointers[last], pointers[2], rows, columns) }
      if let slope { ck_rectify(pointers[last], pointers[last], rows * columns, slope) }
    }
    try finishResults(tail.end)
  }

  /// x Wᵀ of plain matrices with bias and activation.
  private func lowerProductWithTransposed(_ node: Node) throws(EngineError) {
    let (x, weights) = (node.inputs[0], node.inputs[1])
    let result = shape(Value(node: node.index))
    let tail = fuseTail(of: node, biasAxis: 1, allowsResidual: false) { $0.canFollowProducts }
    let operations = try FusedOperations()
    if let activation = tail.activation { try operations.activate(activation) }
    let attributes = try operations.attributes()

    let layouts = (
      x: try Layout.plain(shape(x)), weights: try Layout.plain(shape(weights)).permuted([1, 0]),
      bias: try Layout.plain([1, result[1]]), result: try Layout.plain(result)
    )
    var (source, transposed) = (layouts.x.raw, layouts.weights.raw)
    var (bias, destination) = (layouts.bias.raw, layouts.result.raw)
    let primitive = try Primitive("dnnl_matmul", "\(shape(x)) by \(shape(weights))") {
      pd, library in
      withUnsafePointer(to: &bias) { biasPointer in
        conednn_matmul(
          &pd, library.engine, &source, &transposed, tail.bias == nil ? nil : biasPointer,
          &destination, attributes.raw)
      }
    }
    var reads: [(Operand, BufferID, Layout)] = [
      (.source, try plain(x), layouts.x), (.weights, try plain(weights), layouts.weights),
    ]
    if let value = tail.bias { reads.append((.bias, try plain(value), layouts.bias)) }
    try emit(
      primitive, reads, [(.destination, try define(tail.end, layouts.result), layouts.result)])
    try finishResults(tail.end)
  }
}

/// The extents of a row-major, possibly transposed, possibly batched matrix product.
struct MatrixProduct {
  let batch, m, n, k: Int
  private let leadingA, leadingB: Int64
  private let transposeA, transposeB: CChar

  init(_ a: Shape, _ transposeA: Bool, _ b: Shape, _ transposeB: Bool) {
    let r = a.rank
    batch = a.dimensions.dropLast(2).reduce(1, *)
    (m, k) = transposeA ? (a[r - 1], a[r - 2]) : (a[r - 2], a[r - 1])
    n = transposeB ? b[r - 2] : b[r - 1]
    leadingA = Int64(max(1, a[r - 1]))
    leadingB = Int64(max(1, b[r - 1]))
    self.transposeA = CChar(UInt8(ascii: transposeA ? "T" : "N"))
    self.transposeB = CChar(UInt8(ascii: transposeB ? "T" : "N"))
  }

  /// C = op(A) op(B) for each matrix of the batch.
  func run(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>
  ) {
    for index in 0..<batch {
      // The extents were checked by the shape rule, so that the call cannot refuse them.
      dnnl_sgemm(
        transposeA, transposeB, Int64(m), Int64(n), Int64(k), 1, a + index * m * k, leadingA,
        b + index * k * n, leadingB, 0, c + index * m * n, Int64(max(1, n)))
    }
  }
}

extension Unary {
  /// relu and leaky relu: the functions that our own loops apply.
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
