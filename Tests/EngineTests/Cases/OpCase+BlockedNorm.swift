import Graph

// Batch normalisation of blocked images with what stands around it: the engine computes norm, add and
// relu in one step, and so their gradients.

extension OpCase {
  private static func leaves(_ channels: Int) -> [Leaf] {
    [
      .parameter("scale", [channels], .uniform(0.5, 2)), .parameter("offset", [channels]),
      .parameter("scale 2", [channels], .uniform(0.5, 2)), .parameter("offset 2", [channels]),
    ]
  }

  private static func norm(
    _ x: Tensor, _ scale: Tensor, _ offset: Tensor
  ) throws(GraphError) -> Tensor {
    try x.batchNormalized(scale: scale, offset: offset, epsilon: 1e-3).result
  }

  static func blockedNorms(channels: Int, batch: Int) -> [OpCase] {
    let leaves = leaves(channels)
    let wide: Shape = [batch, channels, 5, 5]
    func between(
      _ name: String, _ further: [Leaf] = [],
      _ body: @escaping @Sendable ([Tensor]) throws -> Tensor
    ) -> OpCase {
      OpCase.between(name, channels: channels, batch: batch, leaves + further, body)
    }
    return list {
      between("norm") { try norm($0[0], $0[1], $0[2]) }
      between("norm, relu") { try norm($0[0], $0[1], $0[2])(.relu) }
      between("norm, tanh") { try norm($0[0], $0[1], $0[2])(.tanh) }
      between("norm, add, relu") { try (norm($0[0], $0[1], $0[2]) + $0[0])(.relu) }
      between("add of an input to a norm", [.input("y", wide)]) {
        try $0[5] + norm($0[0], $0[1], $0[2])
      }
      between("two norms, add, relu") {
        let around = try norm($0[0], $0[3], $0[4])
        return try (norm($0[0](.tanh), $0[1], $0[2]) + around)(.relu)
      }
      between("a norm that is read twice") {
        let y = try norm($0[0], $0[1], $0[2])
        return try y(.relu) + y
      }
      between("a rectifier that is read twice") {
        let y = try norm($0[0], $0[1], $0[2])(.relu)
        return try (norm(y, $0[3], $0[4]) + y)(.relu)
      }
      between("a rectifier of two norms") {
        let y = try norm($0[0], $0[1], $0[2])(.relu)
        return try norm(y, $0[3], $0[4])(.relu) + norm(y, $0[1], $0[4])
      }
      between("norm of a sum, rectified twice") {
        try norm($0[0] + $0[0](.tanh), $0[1], $0[2])(.relu)(.relu)
      }
      between("sum of a norm with itself") {
        let y = try norm($0[0], $0[1], $0[2])
        return try (y + y)(.relu)
      }
    }
  }

  /// A batch that is larger than a core's cache, which is computed in tiles. The convolutions are 1 x 1,
  /// for the sake of the reference.
  static let tiledNorm = OpCase(
    "norms in tiles",
    [.input("x", [8, 16, 66, 66])] + leaves(16)
      + (0..<3).map { .parameter("weight \($0)", [16, 16, 1, 1], .uniform(-0.3, 0.3)) }
  ) { x in
    let window = Window(size: [1, 1])
    let first = try norm(x[0].convolved(with: x[5], window), x[1], x[2])(.relu)
    let second = try norm(first.convolved(with: x[6], window), x[3], x[4])
    return try (second + first)(.relu).convolved(with: x[7], window)
  }

  static let blockedNorms = list {
    blockedNorms(channels: 3, batch: 2)
  }

  static let largeBlockedNorms = list {
    for channels in [16, 17, 32] {
      blockedNorms(channels: channels, batch: 3)
    }
    blockedNorms(channels: 16, batch: 1)
  }
}
