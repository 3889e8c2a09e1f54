import CKernels
import Graph

extension Compiler {
  // Note [Sums]
  // oneDNN 2.6 sums blocked layouts by its reference code: 25 ns an element, five times the
  // convolution that made them. A reorder to row-major and our loops take a hundredth of that; a sum
  // over everything needs no reorder, because padding is zero.

  func lowerSum(_ node: Node, _ axes: [Int]) throws(EngineError) {
    let x = node.inputs[0]
    let value = Value(node: node.index)
    let summed = axes.reduce(1) { $0 * shape(x)[$1] }
    if summed == 1 {
      alias(value, to: Bound(buffer: try plain(x), layout: try .plain(shape(value))))
      return
    }
    if summed == shape(x).count {
      let source = try bound(x)
      let count = source.layout.storedCount
      emit(
        "sum rows", reads: [source.buffer], writes: [try define(value, .plain(shape(value)))]
      ) { ck_sum_rows($0[0], $0[1], 1, count) }
      return
    }
    // Neighbouring axes are summed at once, from the last to the first.
    var runs: [ClosedRange<Int>] = []
    for axis in axes.sorted(by: >) where shape(x)[axis] > 1 {
      if let last = runs.last, last.lowerBound == axis + 1 {
        runs[runs.count - 1] = axis...last.upperBound
      } else {
        runs.append(axis...axis)
      }
    }
    var extents = shape(x).dimensions
    var source = try plain(x)
    for (number, run) in runs.enumerated() {
      let rows = extents[..<run.lowerBound].reduce(1, *)
      let summed = extents[run].reduce(1, *)
      let columns = extents[(run.upperBound + 1)...].reduce(1, *)
      for axis in run { extents[axis] = 1 }
      let isLast = number == runs.count - 1
      let target = try isLast ? define(value, .plain(shape(value))) : makeBuffer(.plain(extents))
      emitSum(source, target, rows, summed, columns)
      source = target
    }
  }

  /// Sums the middle axis of `rows` x `summed` x `columns`.
  private func emitSum(
    _ source: BufferID, _ target: BufferID, _ rows: Int, _ summed: Int, _ columns: Int
  ) {
    if columns == 1 {
      emit("sum rows", reads: [source], writes: [target]) {
        ck_sum_rows($0[0], $0[1], rows, summed)
      }
      return
    }
    emit("sum columns", reads: [source], writes: [target]) {
      for row in 0..<rows {
        ck_sum_columns($0[0] + row * summed * columns, $0[1] + row * columns, summed, columns)
      }
    }
  }
}
