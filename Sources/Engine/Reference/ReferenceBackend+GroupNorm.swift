import Graph

extension ReferenceBackend {
  /// The elements of one group of one sample: offset in x and channel.
  private static func forEachGroup(
    _ x: Shape, _ groups: Int,
    _ body: (_ group: Int, _ elements: [(offset: Int, channel: Int)]) -> Void
  ) {
    let (channels, inner) = (x[1] / groups, x.dimensions.dropFirst(2).reduce(1, *))
    for group in 0..<x[0] * groups {
      let elements = (0..<channels * inner).map { element in
        (
          offset: group * channels * inner + element,
          channel: group % groups * channels + element / inner
        )
      }
      body(group, elements)
    }
  }

  /// y = gamma (x - mean) / sqrt(variance + epsilon) + beta, or without the mean.
  static func groupNorm(
    _ x: ReferenceTensor, scale: ReferenceTensor, offset: ReferenceTensor,
    _ norm: GroupNormalization
  ) -> [ReferenceTensor] {
    var y = ReferenceTensor(zeros: x.shape)
    var mean = ReferenceTensor(zeros: [x.shape[0], norm.groups])
    var inverse = mean
    forEachGroup(x.shape, norm.groups) { group, elements in
      let count = Double(elements.count)
      let center = norm.isCentered ? elements.reduce(0) { $0 + x.values[$1.offset] } / count : 0
      let square = elements.reduce(0) {
        $0 + (x.values[$1.offset] - center) * (x.values[$1.offset] - center)
      }
      mean.values[group] = center
      inverse.values[group] = 1 / (square / count + Double(norm.epsilon)).squareRoot()
      for (place, channel) in elements {
        y.values[place] =
          scale.values[channel] * (x.values[place] - center) * inverse.values[group]
          + offset.values[channel]
      }
    }
    return [y, mean, inverse]
  }

  /// With h = (x - mean) inverse and e = gamma dy:
  /// dx = inverse (e - mean(e) - h mean(e h)), of which the second term goes without a centre.
  static func groupNormGradient(
    dy: ReferenceTensor, _ x: ReferenceTensor, scale: ReferenceTensor, mean: ReferenceTensor,
    inverse: ReferenceTensor, _ norm: GroupNormalization
  ) -> [ReferenceTensor] {
    var dx = ReferenceTensor(zeros: x.shape)
    var dScale = ReferenceTensor(zeros: scale.shape)
    var dOffset = dScale
    forEachGroup(x.shape, norm.groups) { group, elements in
      let (center, factor) = (mean.values[group], inverse.values[group])
      let normal = elements.map { (x.values[$0.offset] - center) * factor }
      let slope = elements.map { scale.values[$0.channel] * dy.values[$0.offset] }
      let count = Double(elements.count)
      let average = norm.isCentered ? slope.reduce(0, +) / count : 0
      let projection = zip(slope, normal).reduce(0) { $0 + $1.0 * $1.1 } / count
      for (index, (place, channel)) in elements.enumerated() {
        dx.values[place] = factor * (slope[index] - average - normal[index] * projection)
        dScale.values[channel] += dy.values[place] * normal[index]
        dOffset.values[channel] += dy.values[place]
      }
    }
    return [dx, dScale, dOffset]
  }
}
