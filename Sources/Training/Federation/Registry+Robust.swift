import Federated
import Yams

/// The robust rules of the job file: one line each.
private var robustKinds: [Kind<any RobustRule>] {
  [
    .rule(Schema("median", CoordinateMedian(), [])),
    .rule(
      Schema(
        "trimmedMean", TrimmedMean(),
        [.optional("cut", \.cut, Codec<Int>.integer("an integer that is not negative") { $0 >= 0 })]
      )),
    .rule(
      Schema(
        "krum", Krum(),
        [.optional("liars", \.liars, .positive), .optional("selected", \.selected, .positive)])),
    .rule(Schema("bulyan", Bulyan(), [.optional("liars", \.liars, .positive)])),
    .rule(Schema("flTrust", FLTrust(), [.optional("rootSamples", \.rootSamples, .positive)])),
  ]
}

/// The compressions of the job file: one line each.
private var compressionKinds: [Kind<any Compression>] {
  [
    .compression(
      Schema(
        "quantization", Quantization(),
        [
          .optional(
            "bits", \.bits, Codec<Int>.integer("2, 4 or 8") { [2, 4, 8].contains($0) })
        ])),
    .compression(
      Schema("topK", LargestElements(), [.optional("share", \.share, .number(.share))])),
    .compression(
      Schema("sketch", CountSketch(), [.optional("share", \.share, .number(.share))])),
  ]
}

extension Kind<any RobustRule> {
  fileprivate static func rule<R: RobustRule>(_ schema: Schema<R>) -> Kind {
    Kind(schema.name, schema.codec, wrap: { $0 }, unwrap: { $0 as? R })
  }
}

extension Kind<any Compression> {
  fileprivate static func compression<C: Compression>(_ schema: Schema<C>) -> Kind {
    Kind(schema.name, schema.codec, wrap: { $0 }, unwrap: { $0 as? C })
  }
}

extension Codec<any RobustRule> {
  /// A robust rule: its name, or its name with settings.
  static var robustRule: Codec { .one(of: { robustKinds }, "robust rule") }
}

extension Codec<any Compression> {
  /// A compression: its name, or its name with settings.
  static var compression: Codec { .one(of: { compressionKinds }, "compression") }
}

extension Schema<Attack> {
  static var attack: Schema {
    Schema(
      "attack", Attack(),
      [
        .optional("kind", \.kind, .word),
        .optional("share", \.share, .number(.unit)),
        .optional("strength", \.strength, .number(.positive)),
      ])
  }
}
