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
    let isDense = transposeB && !transposeA && shape(node.inputs[0]).rank == 2
    let arithmetic = arithmetic(of: node, transposeA)
    let isShort = arithmetic != .float32
    if isDense, !isShort, isThinProduct(node) { return try lowerThinProduct(node) }
    if transposeA, !transposeB, !isShort, try lowerThinGradient(node) { return }
    if isDense || isShort {
      return try lowerPrimitiveProduct(node, transposeA, transposeB, in: arithmetic)
    }
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

  /// A product by the primitive, with bias and activation, of operands in `arithmetic`.
  private func lowerPrimitiveProduct(
    _ node: Node, _ transposeA: Bool, _ transposeB: Bool, in arithmetic: Arithmetic
  ) throws(EngineError) {
    let (a, b) = (node.inputs[0], node.inputs[1])
    let result = shape(Value(node: node.index))
    let last = result.rank - 1
    let tail = fuseTail(of: node, biasAxis: last, allowsResidual: false) { $0.canFollowProducts }
    let operations = try FusedOperations()
    if let activation = tail.activation { try operations.activate(activation) }
    let attributes = try operations.attributes()

    let swapped = Array(0..<last - 1) + [last, last - 1]
    func operand(_ value: Value, _ isTransposed: Bool) throws(EngineError) -> (BufferID, Layout) {
      let layout = try Layout.plain(shape(value).dimensions, in: arithmetic)
      return (try buffer(value, as: layout), isTransposed ? try layout.permuted(swapped) : layout)
    }
    let operands = (a: try operand(a, transposeA), b: try operand(b, transposeB))
    let layouts = (
      bias: try Layout.plain(Array(repeating: 1, count: last) + [result[last]]),
      result: try Layout.plain(result)
    )
    var (source, weights) = (operands.a.1.raw, operands.b.1.raw)
    var (bias, destination) = (layouts.bias.raw, layouts.result.raw)
    let primitive = try Primitive("dnnl_matmul", "\(shape(a)) by \(shape(b))") { pd, library in
      withUnsafePointer(to: &bias) { biasPointer in
        conednn_matmul(
          &pd, library.engine, &source, &weights, tail.bias == nil ? nil : biasPointer,
          &destination, attributes.raw)
      }
    }
    var reads: [(Operand, BufferID, Layout)] = [
      (.source, operands.a.0, operands.a.1), (.weights, operands.b.0, operands.b.1),
    ]
    if let value = tail.bias { reads.append((.bias, try plain(value), layouts.bias)) }
    try emit(
      primitive, reads, [(.destination, try define(tail.end, layouts.result), layouts.result)])
    try finishResults(tail.end)
  }
}

/// A row-major, possibly transposed, possibly batched matrix product.
struct MatrixProduct {
  let batch: Int
  private let product: StridedProduct

  init(_ a: Shape, _ transposeA: Bool, _ b: Shape, _ transposeB: Bool) {
    let r = a.rank
    batch = a.dimensions.dropLast(2).reduce(1, *)
    let (m, k) = transposeA ? (a[r - 1], a[r - 2]) : (a[r - 2], a[r - 1])
    let n = transposeB ? b[r - 2] : b[r - 1]
    product = StridedProduct(
      m: m, n: n, k: k, strideA: max(1, a[r - 1]), strideB: max(1, b[r - 1]),
      strideC: max(1, n), transposeA: transposeA, transposeB: transposeB)
  }

  var m: Int { product.m }
  var n: Int { product.n }

  /// C = op(A) op(B) for each matrix of the batch.
  func run(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>
  ) {
    let (m, n, k) = (product.m, product.n, product.k)
    for index in 0..<batch {
      product.run(a + index * m * k, b + index * k * n, c + index * m * n)
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
