import Federated
import Yams

/// The ways of choosing a cohort: one line each.
private var cohortKinds: [Kind<any CohortSampler>] {
  [
    .cohort(Schema("all", WholeCohort(), [])),
    .cohort(
      Schema("fixed", FixedCohort(size: 1), [.required("size", \.size, .positive)])),
    .cohort(
      Schema("weighted", WeightedCohort(size: 1), [.required("size", \.size, .positive)])),
    .cohort(
      Schema(
        "poisson", PoissonCohort(rate: 1), [.required("rate", \.rate, .number(.share))])),
  ]
}

extension NumberRange {
  /// (0, 1].
  static var share: NumberRange {
    NumberRange(name: "a number above 0 and up to 1") { $0 > 0 && $0 <= 1 }
  }
}

extension Kind<any CohortSampler> {
  fileprivate static func cohort<S: CohortSampler>(_ schema: Schema<S>) -> Kind {
    Kind(schema.name, schema.codec, wrap: { $0 }, unwrap: { $0 as? S })
  }
}

extension Codec<any CohortSampler> {
  /// A number, which is a cohort of that fixed size; or a sampler's name, with or without settings.
  static var cohort: Codec {
    let named = Codec.one(of: { cohortKinds }, "cohort")
    return Codec(
      expectation: "a number of clients, or the name of a cohort",
      decode: { node throws(JobError) in
        if case .scalar(let text, false) = node.content, let first = text.first,
          first.isNumber || first == "-"
        {
          return FixedCohort(size: try Codec<Int>.positive.decode(node))
        }
        return try named.decode(node)
      },
      encode: { sampler in
        if let fixed = sampler as? FixedCohort { return Node(String(fixed.size)) }
        return named.encode(sampler)
      })
  }
}
