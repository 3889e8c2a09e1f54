import Federated
import Yams

extension Schema<Job.Privacy> {
  static var privacy: Schema {
    Schema(
      "privacy", Job.Privacy(),
      [
        .optional("clients", \.clients, Schema<ClientPrivacy>.clients.codec, or: "none"),
        .optional("samples", \.samples, Schema<PrivateSteps>.samples.codec, or: "none"),
        .optional("accountant", \.accountant, .word),
        .optional("delta", \.delta, .number(.openUnit)),
        .optional("budget", \.budget, .number(.positive), or: "none"),
        .optional("secureAggregation", \.secureAggregation, .secureAggregation),
      ],
      check: { privacy, node throws(JobError) in
        guard privacy.budget == nil || privacy.clients != nil || privacy.samples != nil else {
          throw JobError(
            node.child("budget")?.place ?? node.place,
            "a budget needs something that spends it: privacy.clients or privacy.samples")
        }
        guard privacy.clients == nil || privacy.samples == nil else {
          throw JobError(
            node.child("samples")?.place ?? node.place,
            "epsilon is that of clients or that of samples: leave privacy.clients or privacy.samples out"
          )
        }
      })
  }
}

extension NumberRange {
  /// (0, 1).
  static var openUnit: NumberRange {
    NumberRange(name: "a number between 0 and 1") { $0 > 0 && $0 < 1 }
  }
}

extension Schema<ClientPrivacy> {
  fileprivate static var clients: Schema {
    Schema(
      "clients", ClientPrivacy(.central, clip: 1, noiseMultiplier: 1),
      [
        .optional("place", \.place, .word),
        .required("clip", \.clip, .number(.positive)),
        .required("noiseMultiplier", \.noiseMultiplier, .number(.notNegative)),
        .optional("adaptive", \.adaptive, Schema<AdaptiveClip>.adaptive.codec, or: "none"),
      ],
      check: { privacy, node throws(JobError) in
        guard let adaptive = privacy.adaptive else { return }
        guard privacy.place == .central else {
          throw JobError(
            node.child("adaptive")?.place ?? node.place,
            "the clip adapts to all clients, which only a central place knows")
        }
        guard adaptive.countNoise > 0 || privacy.noiseMultiplier == 0 else {
          throw JobError(
            node.child("adaptive")?.place ?? node.place,
            "countNoise must be above 0: the count of updates within the clip is released too")
        }
      })
  }
}

extension Schema<AdaptiveClip> {
  fileprivate static var adaptive: Schema {
    Schema(
      "adaptive", AdaptiveClip(),
      [
        .optional("quantile", \.quantile, .number(.unit)),
        .optional("rate", \.rate, .number(.positive)),
        .optional("countNoise", \.countNoise, .number(.notNegative)),
      ])
  }
}

extension Schema<PrivateSteps> {
  fileprivate static var samples: Schema {
    Schema(
      "samples", PrivateSteps(clip: 1, noiseMultiplier: 1),
      [
        .required("clip", \.clip, .number(.positive)),
        .required("noiseMultiplier", \.noiseMultiplier, .number(.notNegative)),
      ])
  }
}

extension Codec<SecureSettings?> {
  /// `true`, `false`, or settings.
  fileprivate static var secureAggregation: Codec {
    let settings = Schema(
      "secureAggregation", SecureSettings(),
      [
        .optional("threshold", \.threshold, .number(.share)),
        .optional("degree", \.degree, .positive, or: "all"),
      ])
    return Codec(
      expectation: "true, false or settings",
      decode: { node throws(JobError) in
        switch node.content {
        case .scalar("true", false): return SecureSettings()
        case .scalar("false", false): return nil
        case .mapping: return try settings.decode(node)
        default: throw node.mismatch("true, false or settings")
        }
      },
      encode: { $0.map(settings.codec.encode) ?? Node("false") })
  }
}
