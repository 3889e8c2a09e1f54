import Graph

// Note [One walk, three convolutions]
// y = sum x f is linear in x and in f, so that forward, input gradient and filter gradient are sums
// over the same triples (element of x, element of f, element of y): they differ in which of the three
// is written. One walk makes the triples.

extension ReferenceBackend {
  static func convolution(
    _ x: ReferenceTensor, filter: ReferenceTensor, _ window: Window, _ groups: Int, result: Shape
  ) -> ReferenceTensor {
    var y = ReferenceTensor(zeros: result)
    walk(x.shape, filter.shape, window, groups) { xAt, filterAt, yAt in
      y.values[yAt] += x.values[xAt] * filter.values[filterAt]
    }
    return y
  }

  static func convolutionInputGradient(
    dy: ReferenceTensor, filter: ReferenceTensor, _ window: Window, _ groups: Int, input: Shape
  ) -> ReferenceTensor {
    var dx = ReferenceTensor(zeros: input)
    walk(input, filter.shape, window, groups) { xAt, filterAt, yAt in
      dx.values[xAt] += dy.values[yAt] * filter.values[filterAt]
    }
    return dx
  }

  static func convolutionFilterGradient(
    _ x: ReferenceTensor, dy: ReferenceTensor, _ window: Window, _ groups: Int, filter: Shape
  ) -> ReferenceTensor {
    var dFilter = ReferenceTensor(zeros: filter)
    walk(x.shape, filter, window, groups) { xAt, filterAt, yAt in
      dFilter.values[filterAt] += x.values[xAt] * dy.values[yAt]
    }
    return dFilter
  }

  /// Visits each product of the sum: x N x C x spatial, filter O x C/groups x window, y N x O x
  /// spatial'. Output channel o reads the channels of its group, o / (O / groups).
  private static func walk(
    _ x: Shape, _ filter: Shape, _ window: Window, _ groups: Int,
    _ body: (_ x: Int, _ filter: Int, _ y: Int) -> Void
  ) {
    let geometry = ReferenceGeometry(window, input: x)
    let (outputs, channels) = (filter[0], filter[1])
    for sample in 0..<x[0] {
      for output in 0..<outputs {
        let group = output / (outputs / groups)
        for channel in 0..<channels {
          let xPlane = (sample * x[1] + group * channels + channel) * geometry.inputCount
          let filterPlane = (output * channels + channel) * geometry.windowCount
          let yPlane = (sample * outputs + output) * geometry.windows.count
          for (element, taps) in geometry.windows.enumerated() {
            for tap in taps {
              body(xPlane + tap.input, filterPlane + tap.window, yPlane + element)
            }
          }
        }
      }
    }
  }
}
