import Graph

extension OpCase {
  /// x: N x O x extents, filter: O x C/groups x window.
  static func transposed(
    _ input: Shape, channels: Int, _ window: Window, groups: Int = 1, extra: Int = 0
  ) -> OpCase {
    let spatial = window.size.indices.map { axis in
      (input[axis + 2] - 1) * window.strides[axis] + window.reach(axis: axis) + extra
        - window.paddingBefore[axis] - window.paddingAfter[axis]
    }
    let result = Shape([input[0], channels] + spatial)
    return OpCase(
      "transposed convolution of \(input) to \(result), \(window), groups \(groups)",
      [
        .input("x", input),
        .parameter(
          "filter", Shape([input[1], channels / groups] + window.size), .uniform(-0.5, 0.5)),
        .parameter("bias", [channels]),
      ]
    ) {
      try $0[0].convolvedTransposed(with: $0[1], window, groups: groups, to: result)
        .addingBias($0[2], axis: 1)(.tanh)
    }
  }

  static let transposedConvolutions = list {
    transposed([1, 2, 3], channels: 2, Window(size: [3]))
    transposed([2, 2, 3, 2], channels: 3, Window(size: [2, 2], strides: [2, 2]))
    transposed(
      [1, 2, 3, 3], channels: 1,
      Window(size: [3, 3], strides: [2, 2], paddingBefore: [1, 1], paddingAfter: [1, 1]), extra: 1)
    transposed([1, 4, 2, 2], channels: 2, Window(size: [3, 2]), groups: 2)
    OpCase(
      "filter gradient as a function",
      [.input("x", [2, 2, 4, 4]), .input("dy", [2, 3, 3, 2])]
    ) {
      try $0[0].graph.append(
        .convolutionFilterGradient(Window(size: [2, 3]), groups: 1, filter: [3, 2, 2, 3]), $0)[0](
          .tanh)
    }
  }

  static let largeTransposedConvolutions = list {
    transposed([5, 32, 7, 7], channels: 16, Window(size: [2, 2], strides: [2, 2]))
    transposed(
      [3, 17, 9, 5], channels: 16,
      Window(size: [3, 3], strides: [2, 2], paddingBefore: [1, 1], paddingAfter: [1, 1]), extra: 1)
    transposed([2, 16, 33], channels: 16, Window(size: [5]))
    for channels in [3, 16] {
      between(
        "transposed convolution", channels: channels,
        [.parameter("w", [channels, channels, 3, 3], .uniform(-0.3, 0.3))]
      ) {
        let window = Window(size: [3, 3], paddingBefore: [1, 1], paddingAfter: [1, 1])
        return try $0[0].convolvedTransposed(with: $0[1], window, to: $0[0].shape)(.relu)
      }
    }
  }
}
