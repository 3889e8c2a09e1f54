import Layers
import Yams

/// The losses of the job file: one line each.
private var lossKinds: [Kind<any LossFunction>] {
  [
    .loss(SoftmaxCrossEntropy.schema),
    .loss(NegativeLogLikelihood.schema),
    .loss(Schema("binaryCrossEntropy", BinaryCrossEntropy(), [])),
    .loss(Schema("meanSquaredError", MeanSquaredError(), [])),
    .loss(Schema("meanAbsoluteError", MeanAbsoluteError(), [])),
    .loss(Schema("huber", Huber(), [.optional("delta", \.delta, .number(.positive))])),
    .loss(Schema("hinge", Hinge(), [])),
  ]
}

extension Kind<any LossFunction> {
  fileprivate static func loss<L: LossFunction>(_ schema: Schema<L>) -> Kind {
    Kind(schema.name, schema.codec, wrap: { $0 }, unwrap: { $0 as? L })
  }
}

extension Codec<Loss> {
  /// A loss: its name, or its name with settings.
  static var loss: Codec {
    Codec<any LossFunction>.one(of: { lossKinds }, "loss").map({ Loss($0) }, \.function)
  }
}

extension SoftmaxCrossEntropy {
  fileprivate static var schema: Schema<Self> {
    Schema(
      "softmaxCrossEntropy", Self(),
      [
        .optional("labelSmoothing", \.labelSmoothing, .number(.fraction)),
        .optional("classWeights", \.classWeights, Codec<Float>.number(.notNegative).listOrNone),
        .optional("ignoredLabel", \.ignoredLabel, .label, or: "none"),
      ])
  }
}

extension NegativeLogLikelihood {
  fileprivate static var schema: Schema<Self> {
    Schema(
      "negativeLogLikelihood", Self(),
      [
        .optional("classWeights", \.classWeights, Codec<Float>.number(.notNegative).listOrNone),
        .optional("ignoredLabel", \.ignoredLabel, .label, or: "none"),
      ])
  }
}

extension Codec<Int32> {
  /// Any label, also one that is no class, such as -100.
  fileprivate static var label: Codec {
    Codec<Int>.integer("an integer") { Int32(exactly: $0) != nil }
      .map({ Int32(truncatingIfNeeded: $0) }, { Int($0) })
  }
}
