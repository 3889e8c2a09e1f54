import COneDNN
import Graph

extension Compiler {
  // Note [Short operands]
  //
  // A plan with bfloat16 arithmetic rounds the operands of its large products, and nothing else:
  //
  //     parameters, activations, gradients, optimizer      float32
  //           │ rounded once, kept for the backward pass
  //           ▼
  //     bfloat16 x bfloat16 ── exact in float32 ── summed in float32 ── + bias, activation ── float32
  //
  // Each value is rounded once for all products that read it: x for x Wᵀ and dyᵀ x, W for x Wᵀ and dy W,
  // dy for dy W and dyᵀ x. The copies take half of what activations take, in addition. Small products
  // stay in float32: rounding costs more than it spares below a tile of the matrix unit (AMX: 16 rows of
  // 32 elements), and the scores of a few classes keep their digits.
  // So do convolutions: oneDNN 2 has no fast filter gradients of bfloat16 images (at 100-160 GFLOP/s they
  // lose to Winograd's algorithm), and its AMX code wants another layout than our poolings.
  //
  // GFLOP/s on one core of an AMX Xeon, with the rounding of both operands (float32 beside it):
  //
  //     768 x 128 by 128 x 512       330-480   (80-150)
  //     128 x 2048 by 2048 x 2048    295-340   (75-130)

  /// Whether a product of these extents takes bfloat16 operands.
  func isShort(_ extents: Int...) -> Bool {
    arithmetic == .bfloat16 && extents.allSatisfy { $0 >= 32 }
  }

  /// A product of rounded operands with bias and activation; returns false if it is not to be rounded.
  func lowerShortProduct(
    _ node: Node, _ transposeA: Bool, _ transposeB: Bool
  ) throws(EngineError) -> Bool {
    let (a, b) = (node.inputs[0], node.inputs[1])
    let result = shape(Value(node: node.index))
    let last = result.rank - 1
    guard isShort(result[last - 1], result[last], shape(a)[transposeA ? last - 1 : last]) else {
      return false
    }
    let tail = fuseTail(of: node, biasAxis: last, allowsResidual: false) { $0.canFollowProducts }
    let operations = try FusedOperations()
    if let activation = tail.activation { try operations.activate(activation) }
    let attributes = try operations.attributes()

    let swapped = Array(0..<last - 1) + [last, last - 1]
    func rounded(_ value: Value, _ isTransposed: Bool) throws(EngineError) -> (BufferID, Layout) {
      let layout = try Layout.plain(shape(value).dimensions, in: .bfloat16)
      return (try buffer(value, as: layout), isTransposed ? try layout.permuted(swapped) : layout)
    }
    let operands = (a: try rounded(a, transposeA), b: try rounded(b, transposeB))
    let extents = Array(repeating: 1, count: last) + [result[last]]
    let layouts = (bias: try Layout.plain(extents), result: try Layout.plain(result))
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
    return true
  }
}
