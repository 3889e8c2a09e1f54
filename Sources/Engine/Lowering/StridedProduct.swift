import COneDNN

/// C = op(A) op(B), or C plus it, of row-major matrices whose rows are so many elements apart: M x N
/// over K.
struct StridedProduct: Hashable {
  var m, n, k: Int
  var strideA, strideB, strideC: Int
  var transposeA = false
  var transposeB = false
  var adds = false

  /// `scale` times the product of floats, by `dnnl_sgemm`.
  @inline(__always)
  func run(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>,
    scale: Float = 1
  ) {
    // Shapes were checked and strides are large enough, so that the call cannot refuse them.
    dnnl_sgemm(
      CChar(UInt8(ascii: transposeA ? "T" : "N")), CChar(UInt8(ascii: transposeB ? "T" : "N")),
      Int64(m), Int64(n), Int64(k), scale, a, Int64(strideA), b, Int64(strideB), adds ? 1 : 0, c,
      Int64(strideC))
  }

  /// How the operands lie, and the result, which is of floats.
  func layouts(
    _ arithmetic: Arithmetic
  ) throws(EngineError) -> (a: Layout, b: Layout, c: Layout) {
    (
      try .matrix(m, k, stride: strideA, isTransposed: transposeA, in: arithmetic),
      try .matrix(k, n, stride: strideB, isTransposed: transposeB, in: arithmetic),
      try .matrix(m, n, stride: strideC, in: .float32)
    )
  }

  /// The product of operands in `arithmetic`, by the primitive.
  func primitive(_ arithmetic: Arithmetic) throws(EngineError) -> Primitive {
    let operations = try FusedOperations()
    if adds { try operations.addToDestination() }
    let attributes = try operations.attributes()
    let layouts = try layouts(arithmetic)
    var (a, b, c) = (layouts.a.raw, layouts.b.raw, layouts.c.raw)
    return try Primitive("dnnl_matmul", "\(m) x \(k) by \(k) x \(n)") { pd, library in
      conednn_matmul(&pd, library.engine, &a, &b, nil, &c, attributes.raw)
    }
  }
}
