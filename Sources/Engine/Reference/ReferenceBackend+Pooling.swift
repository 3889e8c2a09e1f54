import Graph

extension ReferenceBackend {
  static func pool(
    _ x: ReferenceTensor, _ kind: Pooling, _ window: Window, result: Shape
  ) -> ReferenceTensor {
    let geometry = ReferenceGeometry(window, input: x.shape)
    var y = ReferenceTensor(zeros: result)
    for plane in 0..<(x.shape[0] * x.shape[1]) {
      for (element, taps) in geometry.windows.enumerated() {
        let covered = taps.map { x.values[plane * geometry.inputCount + $0.input] }
        y.values[plane * geometry.windows.count + element] =
          switch kind {
          case .maximum: covered.max() ?? -.infinity
          case .average: covered.reduce(0, +) / Double(covered.count)
          }
      }
    }
    return y
  }

  static func poolGradient(
    dy: ReferenceTensor, _ x: ReferenceTensor, _ kind: Pooling, _ window: Window
  ) -> ReferenceTensor {
    let geometry = ReferenceGeometry(window, input: x.shape)
    var dx = ReferenceTensor(zeros: x.shape)
    for plane in 0..<(x.shape[0] * x.shape[1]) {
      let start = plane * geometry.inputCount
      for (element, taps) in geometry.windows.enumerated() {
        let gradient = dy.values[plane * geometry.windows.count + element]
        switch kind {
        case .maximum:
          let largest = taps.map { x.values[start + $0.input] }.max()
          if let first = taps.first(where: { x.values[start + $0.input] == largest }) {
            dx.values[start + first.input] += gradient
          }
        case .average:
          for tap in taps { dx.values[start + tap.input] += gradient / Double(taps.count) }
        }
      }
    }
    return dx
  }
}
