import Yams

/// The metrics of the job file: one line each.
private var metricKinds: [Kind<any Metric>] {
  [
    .metric(Schema("topK", TopK(), [.optional("k", \.k, .positive)])),
    .metric(Schema("macroF1", MacroF1(), [])),
    .metric(Schema("auc", AreaUnderCurve(), [])),
    .metric(Schema("confusionMatrix", ConfusionMatrix(), [])),
    .metric(Schema("r2", Determination(), [])),
    .metric(Schema("perplexity", Perplexity(), [])),
    .error(.squared),
    .error(.absolute),
  ]
}

extension Kind<any Metric> {
  fileprivate static func metric<M: Metric>(_ schema: Schema<M>) -> Kind {
    Kind(schema.name, schema.codec, wrap: { $0 }, unwrap: { $0 as? M })
  }

  fileprivate static func error(_ kind: MeanError.Kind) -> Kind {
    Kind(
      kind.rawValue, Schema<Void>(kind.rawValue, (), []).codec, wrap: { MeanError(kind) },
      unwrap: { ($0 as? MeanError)?.kind == kind ? () : nil })
  }
}

extension Codec<Job.Metrics> {
  /// A list of metrics, or `none`.
  static var metrics: Codec {
    Codec<any Metric>.one(of: { metricKinds }, "metric").listOrNone
      .map({ Job.Metrics($0) }, \.list)
  }
}
