import Graph

// Every op here copies elements: a part of a tensor is visited by the strides of the whole.

extension ReferenceBackend {
  /// Calls `body` with each element of `part` and its place in `whole`, where it begins at `offsets`.
  private static func forEachElement(
    of part: Shape, at offsets: [Int], in whole: Shape, _ body: (_ part: Int, _ whole: Int) -> Void
  ) {
    let origin = zip(offsets, whole.strides).reduce(0) { $0 + $1.0 * $1.1 }
    part.forEachOffset(whole.strides) { element, offset in body(element, origin + offset) }
  }

  static func concatenate(
    _ parts: [ReferenceTensor], _ axis: Int, result: Shape
  ) -> ReferenceTensor {
    var y = ReferenceTensor(zeros: result)
    var offsets = [Int](repeating: 0, count: result.rank)
    for part in parts {
      forEachElement(of: part.shape, at: offsets, in: result) { y.values[$1] = part.values[$0] }
      offsets[axis] += part.shape[axis]
    }
    return y
  }

  static func slice(_ x: ReferenceTensor, _ offsets: [Int], _ shape: Shape) -> ReferenceTensor {
    var y = ReferenceTensor(zeros: shape)
    forEachElement(of: shape, at: offsets, in: x.shape) { y.values[$0] = x.values[$1] }
    return y
  }

  static func pad(_ x: ReferenceTensor, _ before: [Int], result: Shape) -> ReferenceTensor {
    var y = ReferenceTensor(zeros: result)
    forEachElement(of: x.shape, at: before, in: result) { y.values[$1] = x.values[$0] }
    return y
  }

  static func gather(_ table: ReferenceTensor, rows: [Int32], result: Shape) -> ReferenceTensor {
    var y = ReferenceTensor(zeros: result)
    let width = table.shape.count / table.shape[0]
    for (index, row) in rows.map(Int.init).enumerated() where (0..<table.shape[0]).contains(row) {
      for i in 0..<width { y.values[index * width + i] = table.values[row * width + i] }
    }
    return y
  }

  static func scatterAdd(_ dy: ReferenceTensor, rows: [Int32], result: Shape) -> ReferenceTensor {
    var table = ReferenceTensor(zeros: result)
    let width = result.count / result[0]
    for (index, row) in rows.map(Int.init).enumerated() where (0..<result[0]).contains(row) {
      for i in 0..<width { table.values[row * width + i] += dy.values[index * width + i] }
    }
    return table
  }

  static func classTargets(_ labels: [Int32], _ targets: ClassTargets) -> ReferenceTensor {
    let classes = targets.classes
    var y = ReferenceTensor(zeros: [labels.count, classes])
    for (sample, label) in labels.enumerated() {
      guard label != targets.ignoredLabel, (0..<Int32(classes)).contains(label) else { continue }
      for c in 0..<classes {
        let weight = targets.weights.isEmpty ? 1 : Double(targets.weights[c])
        let share = Double(targets.smoothing) / Double(classes)
        let own = c == Int(label) ? 1 - Double(targets.smoothing) : 0
        y.values[sample * classes + c] = weight * (own + share)
      }
    }
    return y
  }
}
