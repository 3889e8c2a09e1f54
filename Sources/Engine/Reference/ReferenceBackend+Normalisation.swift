import Glibc
import Graph

// MARK: - Softmax

extension ReferenceBackend {
  static func softmax(_ x: ReferenceTensor, _ axis: Int) -> ReferenceTensor {
    let logarithms = logSoftmax(x, axis)
    return ReferenceTensor(x.shape, logarithms.values.map { exp($0) })
  }

  /// x - log(sum of exp(x)) along `axis`; the largest is taken out first, so that no exp overflows.
  static func logSoftmax(_ x: ReferenceTensor, _ axis: Int) -> ReferenceTensor {
    alongAxis(axis, of: x.shape) { line in
      let values = line.map { x.values[$0] }
      let largest = values.max() ?? 0
      let total = log(values.reduce(0) { $0 + exp($1 - largest) })
      return values.map { $0 - largest - total }
    }
  }

  /// dx = y (dy - sum of dy y)
  static func softmaxGradient(
    dy: ReferenceTensor, y: ReferenceTensor, _ axis: Int
  ) -> ReferenceTensor {
    alongAxis(axis, of: y.shape) { line in
      let projection = line.reduce(0) { $0 + dy.values[$1] * y.values[$1] }
      return line.map { y.values[$0] * (dy.values[$0] - projection) }
    }
  }

  /// dx = dy - exp(y) sum of dy
  static func logSoftmaxGradient(
    dy: ReferenceTensor, y: ReferenceTensor, _ axis: Int
  ) -> ReferenceTensor {
    alongAxis(axis, of: y.shape) { line in
      let total = line.reduce(0) { $0 + dy.values[$1] }
      return line.map { dy.values[$0] - exp(y.values[$0]) * total }
    }
  }

  /// A tensor from its lines along `axis`; `body` gets the offsets of a line's elements.
  private static func alongAxis(
    _ axis: Int, of shape: Shape, _ body: ([Int]) -> [Double]
  ) -> ReferenceTensor {
    var result = ReferenceTensor(zeros: shape)
    let (outer, extent, inner) = result.split(at: axis)
    for o in 0..<outer {
      for i in 0..<inner {
        let line = (0..<extent).map { (o * extent + $0) * inner + i }
        for (offset, value) in zip(line, body(line)) { result.values[offset] = value }
      }
    }
    return result
  }
}

// MARK: - Batch normalisation

extension ReferenceBackend {
  /// (y, mean, biased variance) of each channel, axis 1 (Ioffe and Szegedy 2015, algorithm 1).
  static func batchNorm(
    _ x: ReferenceTensor, scale: ReferenceTensor, offset: ReferenceTensor, _ epsilon: Float
  ) -> [ReferenceTensor] {
    var mean = ReferenceTensor(zeros: scale.shape)
    var variance = ReferenceTensor(zeros: scale.shape)
    for (channel, elements) in channels(of: x.shape).enumerated() {
      let count = Double(elements.count)
      let average = elements.reduce(0) { $0 + x.values[$1] } / count
      let squares = elements.reduce(0) { sum, element in
        sum + (x.values[element] - average) * (x.values[element] - average)
      }
      mean.values[channel] = average
      variance.values[channel] = squares / count
    }
    let y = batchNormInference(
      x, scale: scale, offset: offset, mean: mean, variance: variance, epsilon)
    return [y, mean, variance]
  }

  /// y = scale (x - mean) / sqrt(variance + epsilon) + offset
  static func batchNormInference(
    _ x: ReferenceTensor, scale: ReferenceTensor, offset: ReferenceTensor,
    mean: ReferenceTensor, variance: ReferenceTensor, _ epsilon: Float
  ) -> ReferenceTensor {
    var y = x
    for (channel, elements) in channels(of: x.shape).enumerated() {
      let deviation = (variance.values[channel] + Double(epsilon)).squareRoot()
      for element in elements {
        let normal = (x.values[element] - mean.values[channel]) / deviation
        y.values[element] = scale.values[channel] * normal + offset.values[channel]
      }
    }
    return y
  }

  /// (dx, dscale, doffset), with z = (x - mean) / sqrt(variance + epsilon) and means over a channel:
  /// dscale = sum dy z, doffset = sum dy, dx = scale / deviation (dy - mean dy - z mean(dy z)).
  static func batchNormGradient(
    dy: ReferenceTensor, _ x: ReferenceTensor, scale: ReferenceTensor,
    mean: ReferenceTensor, variance: ReferenceTensor, _ epsilon: Float
  ) -> [ReferenceTensor] {
    var dx = ReferenceTensor(zeros: x.shape)
    var dScale = ReferenceTensor(zeros: scale.shape)
    var dOffset = ReferenceTensor(zeros: scale.shape)
    for (channel, elements) in channels(of: x.shape).enumerated() {
      let count = Double(elements.count)
      let deviation = (variance.values[channel] + Double(epsilon)).squareRoot()
      func normal(_ element: Int) -> Double {
        (x.values[element] - mean.values[channel]) / deviation
      }
      for element in elements {
        dScale.values[channel] += dy.values[element] * normal(element)
        dOffset.values[channel] += dy.values[element]
      }
      for element in elements {
        let centred =
          dy.values[element] - dOffset.values[channel] / count
          - normal(element) * dScale.values[channel] / count
        dx.values[element] = scale.values[channel] / deviation * centred
      }
    }
    return [dx, dScale, dOffset]
  }

  /// The offsets of the elements of each channel, axis 1.
  private static func channels(of shape: Shape) -> [[Int]] {
    let plane = shape.dimensions.dropFirst(2).reduce(1, *)
    return (0..<shape[1]).map { channel in
      (0..<shape[0]).flatMap { sample in
        (0..<plane).map { (sample * shape[1] + channel) * plane + $0 }
      }
    }
  }
}
