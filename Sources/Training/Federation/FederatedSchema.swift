import Federated
import Yams

extension Schema<Job.Federated> {
  static var federated: Schema {
    Schema(
      "federated", Job.Federated(),
      [
        .required("rounds", \.rounds, .positive),
        .optional("clients", \.clients, .positive, or: "data"),
        .optional("partition", \.partition, .partition),
        .optional("cohort", \.cohort, .cohort),
        .optional(
          "asynchronous", \.asynchronous, Schema<Asynchrony>.asynchronous.codec, or: "none"),
        .optional("gossip", \.gossip, Schema<Gossip>.gossip.codec, or: "none"),
        .optional("silos", \.silos, Schema<SiloSettings>.silos.codec, or: "none"),
        .optional("localEpochs", \.localEpochs, .positive),
        .optional("localBatch", \.localBatch, .positive, or: "all"),
        .optional("algorithm", \.algorithm, .algorithm),
        .optional("server", \.server, .serverOptimizer),
        .optional("weighting", \.weighting, .word),
        .optional("availability", \.availability, Schema<Availability>.availability.codec),
        .optional("personal", \.personal, Codec<String>.pattern.listOrNone),
        .optional("compression", \.compression, .compression, or: "none"),
        .optional("robust", \.robust, .robustRule, or: "none"),
        .optional("clipNorm", \.clipNorm, .number(.positive), or: "none"),
        .optional("attack", \.attack, Schema<Attack>.attack.codec, or: "none"),
        .optional("fixedPoint", \.fixedPoint, Schema<FixedPoint>.fixedPoint.codec),
        .optional("order", \.order, .word),
        .optional("evaluation", \.evaluation, Schema<Job.Federated.Evaluation>.evaluation.codec),
      ],
      check: { settings, node throws(JobError) in
        switch (settings.partition, settings.clients) {
        case (.made, nil):
          throw JobError(
            node.place,
            "federated needs the key \"clients\": how many to make; or a partition that the data has: files or attribute"
          )
        case (.files, .some), (.attribute, .some):
          throw JobError(
            node.child("clients")?.place ?? node.place,
            "the number of clients follows from the data with this partition: leave \"clients\" out"
          )
        default: break
        }
      })
  }
}

extension Codec<String> {
  /// A parameter's path, or a pattern.
  fileprivate static var pattern: Codec { .text("a parameter's path, or a pattern of it") }
}

extension Schema<Asynchrony> {
  fileprivate static var asynchronous: Schema {
    Schema(
      "asynchronous", Asynchrony(concurrency: 1, buffer: 1),
      [
        .required("concurrency", \.concurrency, .positive),
        .required("buffer", \.buffer, .positive),
      ])
  }
}

extension Schema<Gossip> {
  fileprivate static var gossip: Schema {
    Schema(
      "gossip", Gossip(),
      [
        .optional(
          "exchanges", \.exchanges,
          Codec<Int>.integer("an integer that is not negative") { $0 >= 0 })
      ])
  }
}

extension Schema<SiloSettings> {
  fileprivate static var silos: Schema {
    Schema(
      "silos", SiloSettings(),
      [
        .required("count", \.count, .positive),
        .optional("microBatches", \.microBatches, .positive),
      ])
  }
}

extension Schema<Availability> {
  fileprivate static var availability: Schema {
    Schema(
      "availability", Availability(),
      [
        .optional("dropout", \.dropout, .number(.fraction)),
        .optional("speedDeviation", \.speedDeviation, .number(.notNegative)),
        .optional("overSelection", \.overSelection, .number(.notNegative)),
        .optional("deadline", \.deadline, .number(.positive), or: "none"),
      ])
  }
}

extension Schema<FixedPoint> {
  fileprivate static var fixedPoint: Schema {
    Schema(
      "fixedPoint", FixedPoint(),
      [
        .optional("limit", \.limit, .number(.positive)),
        .optional(
          "bits", \.bits, Codec<Int>.integer("an integer from 8 to 48") { (8...48).contains($0) }),
      ])
  }
}

extension Schema<Job.Federated.Evaluation> {
  fileprivate static var evaluation: Schema {
    Schema(
      "evaluation", Job.Federated.Evaluation(),
      [
        .optional("everyRounds", \.everyRounds, .positive),
        .optional("clientsEveryRounds", \.clientsEveryRounds, .positive, or: "never"),
        .optional("holdOut", \.holdOut, .number(.fraction)),
        .optional("target", \.target, .number(.unit), or: "none"),
        .optional("fineTuneEpochs", \.fineTuneEpochs, .positive, or: "none"),
      ])
  }
}
