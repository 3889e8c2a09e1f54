import Graph

extension OpCase {
  /// Attention over a projection, optionally masked by the positive elements of a leaf, with dropout.
  static func attention(
    _ samples: Int, _ steps: Int, heads: Int, width: Int, isCausal: Bool, isMasked: Bool = false,
    dropout: Float = 0
  ) -> OpCase {
    OpCase(
      "attention of \(samples) x \(steps) x \(heads) x \(width), \(isCausal ? "causal" : "full")"
        + "\(isMasked ? ", masked" : "")\(dropout > 0 ? ", dropout \(dropout)" : "")",
      [
        .input("x", [samples, steps, 3 * heads * width]),
        .input("mask", [samples, steps], .awayFromZero), .input("keys", [samples, 2], .keys),
      ]
    ) {
      try $0[0].attended(
        heads: heads, isCausal: isCausal, mask: isMasked ? $0[1](.relu) : nil,
        dropout: dropout > 0 ? (rate: dropout, keys: $0[2], salt: 3) : nil)
    }
  }

  static let attentions = list {
    for isCausal in [false, true] {
      attention(1, 1, heads: 1, width: 1, isCausal: isCausal)
      attention(2, 5, heads: 2, width: 3, isCausal: isCausal)
      attention(2, 3, heads: 1, width: 4, isCausal: isCausal, isMasked: true)
      attention(2, 6, heads: 2, width: 2, isCausal: isCausal, dropout: 0.3)
      attention(2, 5, heads: 3, width: 2, isCausal: isCausal, isMasked: true, dropout: 0.5)
    }
    OpCase("attention of attention", [.input("x", [1, 4, 9]), .parameter("w", [9, 3])]) {
      let once = try $0[0].attended(heads: 3, isCausal: true)
      let again = try once.reshaped(to: [4, 3]).matmul($0[1], transposeB: true)
      return try again.reshaped(to: [1, 4, 9]).attended(heads: 1, isCausal: false)
    }
  }

  /// Beyond one tile of 128: whole tiles, parts of tiles, a single step in the last one.
  static let largeAttentions = list {
    for isCausal in [false, true] {
      attention(3, 64, heads: 4, width: 32, isCausal: isCausal)
      attention(2, 33, heads: 2, width: 17, isCausal: isCausal, isMasked: true)
      attention(1, 128, heads: 1, width: 16, isCausal: isCausal)
      attention(2, 129, heads: 2, width: 8, isCausal: isCausal, isMasked: true)
      attention(1, 300, heads: 2, width: 5, isCausal: isCausal)
      attention(1, 260, heads: 1, width: 8, isCausal: isCausal, isMasked: true, dropout: 0.2)
    }
  }

  /// What `torch.nn.TransformerEncoderLayer` computes, by ops.
  static func attentionNetwork(batch: Int, steps: Int, width: Int, heads: Int) -> OpCase {
    OpCase(
      "attention network of \(batch) x \(steps) x \(width)",
      [
        .input("x", [batch, steps, width]), .parameter("projection", [3 * width, width]),
        .parameter("output", [width, width]), .parameter("scale", [width], .uniform(0.5, 2)),
        .parameter("offset", [width]), .input("keys", [batch, 2], .keys),
      ]
    ) { leaves in
      let (x, rows) = (leaves[0], Shape([batch * steps, width]))
      let normal = try x.layerNormalized(scale: leaves[3], offset: leaves[4], epsilon: 1e-5)
      let projection = try normal.reshaped(to: rows).matmul(leaves[1], transposeB: true)
      let seen = try projection.reshaped(to: [batch, steps, 3 * width]).attended(
        heads: heads, isCausal: true, dropout: (rate: 0.1, keys: leaves[5], salt: 0))
      let result = try seen.reshaped(to: rows).matmul(leaves[2], transposeB: true)
      return try result.reshaped(to: x.shape) + x
    }
  }
}
