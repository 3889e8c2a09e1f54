import Graph

extension OpCase {
  private static func leaves(_ shape: Shape, channels: Int) -> [Leaf] {
    [
      .input("x", shape, .uniform(-1, 3)), .parameter("scale", [channels], .uniform(0.5, 2)),
      .parameter("offset", [channels]),
    ]
  }

  static func groupNorm(_ shape: Shape, groups: Int) -> OpCase {
    OpCase("group norm of \(shape) in \(groups)", leaves(shape, channels: shape[1])) {
      try $0[0].groupNormalized(scale: $0[1], offset: $0[2], groups: groups, epsilon: 1e-3)
    }
  }

  static func layerNorm(_ shape: Shape) -> OpCase {
    OpCase("layer norm of \(shape)", leaves(shape, channels: shape.dimensions[shape.rank - 1])) {
      try $0[0].layerNormalized(scale: $0[1], offset: $0[2], epsilon: 1e-3)
    }
  }

  static func rmsNorm(_ shape: Shape) -> OpCase {
    OpCase(
      "RMS norm of \(shape)", leaves(shape, channels: shape.dimensions[shape.rank - 1]).dropLast()
    ) { try $0[0].rootMeanSquareNormalized(scale: $0[1], epsilon: 1e-3) }
  }

  static let groupNorms = list {
    for (shape, groups) in [
      ([2, 4], 2), ([2, 4, 3], 2), ([2, 6, 3, 2], 3), ([1, 3, 2, 2], 3), ([2, 3, 4], 1),
    ] as [(Shape, Int)] {
      groupNorm(shape, groups: groups)
    }
    for shape in [[3, 5], [2, 3, 4], [2, 2, 2, 3]] as [Shape] {
      layerNorm(shape)
      rmsNorm(shape)
    }
    OpCase(
      "layer norm of itself twice", leaves([3, 5], channels: 5)
    ) { x in
      let y = try x[0].layerNormalized(scale: x[1], offset: x[2], epsilon: 1e-3)
      return try y.layerNormalized(scale: x[1], offset: x[2], epsilon: 1e-3) + y
    }
  }

  static let largeGroupNorms = list {
    for (shape, groups) in [
      ([5, 32, 9, 9], 8), ([5, 17, 7, 7], 17), ([2, 48, 33], 3), ([32, 64], 4),
    ] as [(Shape, Int)] {
      groupNorm(shape, groups: groups)
    }
    for shape in [[12, 64, 128], [5, 1031], [33, 17]] as [Shape] {
      layerNorm(shape)
      rmsNorm(shape)
    }
    for channels in [3, 16, 32] {
      between(
        "instance norm", channels: channels,
        [.parameter("scale", [channels], .uniform(0.5, 2)), .parameter("offset", [channels])]
      ) {
        try $0[0].groupNormalized(
          scale: $0[1], offset: $0[2], groups: channels, epsilon: 1e-3)
      }
    }
  }
}
