import Graph

extension OpCase {
  /// Convolutions that a plan with gradients computes by Winograd's algorithm: at least 64 tiles of 4 x 4
  /// results of a 3 x 3 window or of 2 x 2 of a 5 x 5 window, channels in sixteens.
  static let winograd = list {
    // Whole tiles; tiles over the edge; one sample; padding on some sides, on none, beyond the window.
    convolution([10, 16, 8, 8], filters: 32, [5, 5], padding: .same)
    convolution([10, 32, 6, 7], filters: 16, [5, 5], padding: .same)
    convolution([1, 16, 20, 21], filters: 48, [5, 5])
    convolution([3, 48, 13, 12], filters: 16, [5, 5], padding: .explicit([1, 0], [0, 2]))
    convolution([3, 16, 7, 9], filters: 16, [5, 5], padding: .explicit([4, 3], [3, 4]))
    convolution([2, 16, 6, 7], filters: 16, [5, 5], padding: .explicit([6, 7], [5, 8]))
    convolution([22, 32, 10, 10], filters: 32, [3, 3], padding: .same)
    convolution([1, 16, 33, 35], filters: 32, [3, 3])
    convolution([6, 48, 14, 13], filters: 16, [3, 3], padding: .explicit([2, 0], [1, 2]))
    // So many channels that parts are smaller.
    convolution([1, 208, 32, 30], filters: 16, [3, 3], padding: .same)
    convolution([1, 16, 16, 15], filters: 208, [5, 5], padding: .same)
    for slope: Float in [0, 0.1] {
      rectified([8, 16, 11, 11], filters: 16, [3, 3], slope)
      rectified([4, 16, 10, 9], filters: 16, [5, 5], slope)
    }
    // By tiles of Note [Normalisation in tiles].
    OpCase(
      "norm in tiles",
      [
        .input("x", [8, 16, 66, 64]), .parameter("first", [16, 16, 1, 1], .uniform(-0.3, 0.3)),
        .parameter("second", [16, 16, 3, 3], .uniform(-0.3, 0.3)), .parameter("scale", [16]),
        .parameter("offset", [16]),
      ]
    ) { x in
      let y = try x[0].convolved(with: x[1], Window(size: [1, 1]))
        .batchNormalized(scale: x[3], offset: x[4], epsilon: 0.1).result
      return try y.convolved(with: x[2], Window(size: [3, 3]))
        .batchNormalized(scale: x[3], offset: x[4], epsilon: 0.1).result
    }
  }

  /// Convolution, bias, leaky rectifier.
  private static func rectified(
    _ x: Shape, filters: Int, _ size: [Int], _ slope: Float
  ) -> OpCase {
    let window = Window(size, on: Array(x.dimensions[2...]), padding: .same)
    return OpCase(
      "convolve \(x) with \(filters) filters of \(size), rectify with \(slope)",
      [
        .input("x", x), .parameter("filter", Shape([filters, x[1]] + size), .uniform(-0.3, 0.3)),
        .parameter("bias", [filters]),
      ]
    ) {
      try $0[0].convolved(with: $0[1], window).addingBias($0[2], axis: 1)(
        slope == 0 ? .relu : .leakyRelu(slope: slope))
    }
  }
}
