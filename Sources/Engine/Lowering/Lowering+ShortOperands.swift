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
  // dy for dy W and dyᵀ x; recurrent layers round a state, and gradients of gates, as soon as a step has
  // them. The copies take half of what activations take, in addition. Small products
  // stay in float32: rounding costs more than it spares below a tile of the matrix unit (AMX: 16 rows of
  // 32 elements), and the scores of a few classes keep their digits.
  // So do convolutions: oneDNN 2 has no fast filter gradients of bfloat16 images (at 100-160 GFLOP/s they
  // lose to Winograd's algorithm), and its AMX code wants another layout than our poolings.
  //
  // GFLOP/s on one core of an AMX Xeon, with the rounding of both operands (float32 beside it):
  //
  //      64 x 128 by 128 x 512       310-360   (80-120)    a step of an LSTM
  //     768 x 128 by 128 x 512       330-480   (80-150)
  //     128 x 2048 by 2048 x 2048    295-340   (75-130)

  /// In which numbers products of these extents take their operands.
  func arithmetic(ofExtents extents: Int...) -> Arithmetic {
    extents.allSatisfy { $0 >= 32 } ? arithmetic : .float32
  }

  /// The same of a product.
  func arithmetic(of node: Node, _ transposeA: Bool) -> Arithmetic {
    let (a, result) = (shape(node.inputs[0]), shape(Value(node: node.index)))
    let last = result.rank - 1
    return arithmetic(
      ofExtents: result[last - 1], result[last], a[transposeA ? last - 1 : last])
  }
}
