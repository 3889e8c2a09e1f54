import Datasets
import Yams

extension Field<DataSettings> {
  /// The keys that say how shards are read.
  static var loading: [Field] {
    [
      .optional("shuffle", \.loading.shuffle, .word, or: "auto"),
      .optional("cacheMegabytes", \.loading.cacheMegabytes, .number(.notNegative)),
      .optional("sharedCache", \.loading.sharedCache, .flag),
      .optional("normalization", \.loading.normalization, .word),
      .optional("sampling", \.loading.sampling, .sampling),
      .optional("groupByLength", \.loading.groupByLength, .flag),
      .optional("augment", \.loading.augmentation, .augmentation),
    ]
  }
}

/// Settings of `weighted`.
private struct Weighted: Equatable {
  var weights: [Double]?
  var replacement = true
  var share = 1.0

  static var schema: Schema<Weighted> {
    Schema(
      "weighted", Weighted(),
      [
        .optional("weights", \.weights, Codec<Double>.number(.notNegative).list, or: "balanced"),
        .optional("replacement", \.replacement, .flag),
        .optional("share", \.share, .number(.unit)),
      ],
      check: { settings, node throws(JobError) in
        guard settings.replacement, settings.share != 1 else { return }
        throw JobError(
          node.child("share")?.place ?? node.place,
          "share goes with replacement: false; with replacement an epoch has as many draws as samples"
        )
      })
  }
}

extension Codec<Job.SamplingChoice> {
  /// `none`, `oversampled` or `weighted`.
  static var sampling: Codec {
    .one(
      of: {
        [
          Kind("none", Job.SamplingChoice.none), Kind("oversampled", .oversampled),
          Kind(
            "weighted", Weighted.schema.codec,
            wrap: { .weighted($0.weights, replacement: $0.replacement, share: $0.share) },
            unwrap: {
              guard case .weighted(let weights, let replacement, let share) = $0 else { return nil }
              return Weighted(weights: weights, replacement: replacement, share: share)
            }),
        ]
      }, "sampling")
  }
}

/// The settings of all augmentations; each reads its own.
private struct AugmentationSettings {
  var first = 0.0
  var second = 0.0
  var third = 0.0
  var count = 0
}

private typealias AugmentationField = Field<AugmentationSettings>

extension Codec<[Augmentation]> {
  /// A list of augmentations, or `none`.
  static var augmentation: Codec {
    Codec<Augmentation>.one(of: { kinds }, "augmentation").listOrNone
  }

  private static func kind(
    _ name: String, _ start: AugmentationSettings, _ fields: [AugmentationField],
    _ wrap: @escaping (AugmentationSettings) -> Augmentation,
    _ unwrap: @escaping (Augmentation) -> AugmentationSettings?
  ) -> Kind<Augmentation> {
    Kind(name, Schema(name, start, fields).codec, wrap: wrap, unwrap: unwrap)
  }

  private static var kinds: [Kind<Augmentation>] {
    let positive = Codec<Double>.number(.positive)
    let notNegative = Codec<Double>.number(.notNegative)
    return [
      kind(
        "flip", AugmentationSettings(first: 0.5),
        [
          .optional("horizontal", \.first, .number(.unit)),
          .optional("vertical", \.second, .number(.unit)),
        ],
        { .flip(horizontal: $0.first, vertical: $0.second) },
        {
          guard case .flip(let horizontal, let vertical) = $0 else { return nil }
          return AugmentationSettings(first: horizontal, second: vertical)
        }),
      kind(
        "crop", AugmentationSettings(), [.required("padding", \.count, .positive)],
        { .crop(padding: $0.count) },
        {
          guard case .crop(let padding) = $0 else { return nil }
          return AugmentationSettings(count: padding)
        }),
      kind(
        "rotate", AugmentationSettings(), [.required("degrees", \.first, positive)],
        { .rotate(degrees: $0.first) },
        {
          guard case .rotate(let degrees) = $0 else { return nil }
          return AugmentationSettings(first: degrees)
        }),
      kind(
        "colorJitter", AugmentationSettings(),
        [
          .optional("brightness", \.first, notNegative),
          .optional("contrast", \.second, notNegative),
          .optional("saturation", \.third, notNegative),
        ],
        { .colorJitter(brightness: $0.first, contrast: $0.second, saturation: $0.third) },
        {
          guard case .colorJitter(let brightness, let contrast, let saturation) = $0 else {
            return nil
          }
          return AugmentationSettings(first: brightness, second: contrast, third: saturation)
        }),
      kind(
        "cutOut", AugmentationSettings(), [.required("size", \.count, .positive)],
        { .cutOut(size: $0.count) },
        {
          guard case .cutOut(let size) = $0 else { return nil }
          return AugmentationSettings(count: size)
        }),
      kind(
        "noise", AugmentationSettings(), [.required("deviation", \.first, positive)],
        { .noise(deviation: $0.first) },
        {
          guard case .noise(let deviation) = $0 else { return nil }
          return AugmentationSettings(first: deviation)
        }),
      kind(
        "mixUp", AugmentationSettings(first: 0.2), [.optional("alpha", \.first, positive)],
        { .mixUp(alpha: $0.first) },
        {
          guard case .mixUp(let alpha) = $0 else { return nil }
          return AugmentationSettings(first: alpha)
        }),
    ]
  }
}
