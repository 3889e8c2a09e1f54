import CKernels
import COneDNN
import Graph

extension Compiler {
  func lowerSum(_ node: Node, _ axes: [Int]) throws(EngineError) {
    let x = node.inputs[0]
    let (value, operand) = (Value(node: node.index), shape(x))
    let source = try form(of: x)
    let leading = axes == Array(0..<axes.count)
    let trailing = axes == Array((operand.rank - axes.count)..<operand.rank)
    let summed = axes.reduce(1) { $0 * operand[$1] }
    let kept = operand.count / max(1, summed)
    if summed == 1 {
      // oneDNN refuses a reduction that reduces nothing.
      alias(value, to: Bound(buffer: try plain(x), layout: try .plain(shape(value))))
      return
    }
    if leading || trailing, source.layout.isPlain {
      let target = try define(value, .plain(shape(value)))
      if trailing {
        emit("sum rows", reads: [source.buffer], writes: [target]) {
          ck_sum_rows($0[0], $0[1], kept, summed)
        }
      } else {
        emit("sum columns", reads: [source.buffer], writes: [target]) {
          ck_sum_columns($0[0], $0[1], summed, kept)
        }
      }
      return
    }
    let extents = operand.dimensions.enumerated().map { axes.contains($0) ? 1 : $1 }
    let layout = try Layout.plain(extents)
    var (from, to) = (source.layout.raw, layout.raw)
    let primitive = try Primitive("dnnl_reduction", "\(operand) over \(axes)") { pd, library in
      conednn_reduction_sum(&pd, library.engine, &from, &to, library.plainAttributes)
    }
    let target = try define(value, .plain(shape(value)))
    try emit(
      primitive, [(.source, source.buffer, source.layout)], [(.destination, target, layout)])
  }
}
