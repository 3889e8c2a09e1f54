import Collectives
import Yams

/// The compressions of the job file: one line each.
private var compressionKinds: [Kind<GradientCompression>] {
  [
    Kind("none", .none),
    Kind("bf16", .bf16),
    Kind("fp16", .fp16),
    Kind("sign", .sign),
    Kind(
      "topK", KeptShare.schema("topK").codec, wrap: { .topK(share: $0.share) },
      unwrap: { if case .topK(let share) = $0 { KeptShare(share: share) } else { nil } }),
    Kind(
      "randomK", KeptShare.schema("randomK").codec, wrap: { .randomK(share: $0.share) },
      unwrap: { if case .randomK(let share) = $0 { KeptShare(share: share) } else { nil } }),
    Kind(
      "powerSGD", FactorRank.schema.codec, wrap: { .powerSGD(rank: $0.rank) },
      unwrap: { if case .powerSGD(let rank) = $0 { FactorRank(rank: rank) } else { nil } }),
  ]
}

extension Codec<GradientCompression> {
  /// A compression: its name, or its name with settings.
  static var compression: Codec { one(of: { compressionKinds }, "compression") }
}

/// The settings of `topK` and `randomK`.
private struct KeptShare {
  /// Of the gradients.
  var share = 0.01

  static func schema(_ name: String) -> Schema<Self> {
    Schema(
      name, Self(), [.optional("share", \.share, .number(.positive))],
      check: { settings, node throws(JobError) in
        guard settings.share <= 1 else {
          throw JobError(
            node.child("share")?.place ?? node.place, "share must be at most 1, all gradients")
        }
      })
  }
}

/// The settings of `powerSGD`.
private struct FactorRank {
  /// The columns of each factor.
  var rank = 4

  static var schema: Schema<Self> {
    Schema("powerSGD", Self(), [.optional("rank", \.rank, .positive)])
  }
}
