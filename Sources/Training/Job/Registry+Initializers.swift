import Graph
import Yams

/// The initialisers of the job file: one line each.
private var initializerKinds: [Kind<Initializer>] {
  [
    Kind("zeros", .zeros),
    Kind("ones", .ones),
    Kind(
      "constant", Codec<Float>.number(), wrap: { .constant($0) },
      unwrap: { if case .constant(let value) = $0 { value } else { nil } }),
    Kind(
      "uniform", UniformSettings.schema.codec, wrap: { .uniform(lower: $0.lower, upper: $0.upper) },
      unwrap: {
        guard case .uniform(let lower, let upper) = $0 else { return nil }
        return UniformSettings(lower: lower, upper: upper)
      }),
    Kind(
      "normal", NormalSettings.schema.codec,
      wrap: { .normal(mean: $0.mean, deviation: $0.deviation) },
      unwrap: {
        guard case .normal(let mean, let deviation) = $0 else { return nil }
        return NormalSettings(mean: mean, deviation: deviation)
      }),
    Kind("glorotUniform", .glorotUniform),
    Kind("glorotNormal", .glorotNormal),
    Kind("heUniform", .heUniform),
    Kind("heNormal", .heNormal),
    Kind("lecunNormal", .lecunNormal),
    Kind(
      "kaimingUniform", KaimingSettings.schema.codec,
      wrap: { .kaimingUniform(negativeSlope: $0.negativeSlope) },
      unwrap: {
        guard case .kaimingUniform(let slope) = $0 else { return nil }
        return KaimingSettings(negativeSlope: slope)
      }),
    // The fan of the layer's own weight.
    Kind("fanUniform", .fanUniform(fan: 0)),
  ]
}

extension Codec<Initializer> {
  /// An initialiser: its name, or its name with settings.
  static var initializer: Codec { .one(of: { initializerKinds }, "initializer") }
}

/// Keras's defaults of `RandomUniform`.
private struct UniformSettings {
  var lower: Float = -0.05
  var upper: Float = 0.05

  static var schema: Schema<Self> {
    Schema(
      "uniform", Self(),
      [.optional("lower", \.lower, .number()), .optional("upper", \.upper, .number())],
      check: { settings, node throws(JobError) in
        guard settings.lower < settings.upper else {
          throw JobError(node.place, "uniform: lower must be below upper")
        }
      })
  }
}

/// Keras's defaults of `RandomNormal`.
private struct NormalSettings {
  var mean: Float = 0
  var deviation: Float = 0.05

  static var schema: Schema<Self> {
    Schema(
      "normal", Self(),
      [
        .optional("mean", \.mean, .number()),
        .optional("deviation", \.deviation, .number(.notNegative)),
      ])
  }
}

/// PyTorch's default of its layers' weights: a = sqrt(5).
private struct KaimingSettings {
  var negativeSlope = Float(5).squareRoot()

  static var schema: Schema<Self> {
    Schema(
      "kaimingUniform", Self(), [.optional("negativeSlope", \.negativeSlope, .number())])
  }
}
