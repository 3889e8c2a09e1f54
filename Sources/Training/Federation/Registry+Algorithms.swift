import Federated
import Yams

/// The federated algorithms of the job file: one line each.
private var algorithmKinds: [Kind<any Algorithm>] {
  [
    .algorithm(Schema("fedAvg", FedAvg(), [])),
    .algorithm(Schema("fedSGD", FedSGD(), [])),
    .algorithm(Schema("fedProx", FedProx(), [.optional("mu", \.mu, .number(.notNegative))])),
    .algorithm(Schema("scaffold", Scaffold(), [])),
    .algorithm(Schema("fedNova", FedNova(), [])),
    .algorithm(Schema("fedDyn", FedDyn(), [.optional("alpha", \.alpha, .number(.positive))])),
  ]
}

/// The server's optimizers: one line each.
private var serverKinds: [Kind<any ServerOptimizer>] {
  [
    .server(
      Schema(
        "sgd", ServerSGD(),
        [
          .optional("rate", \.rate, .number(.positive)),
          .optional("momentum", \.momentum, .number(.fraction)),
        ])),
    .adaptive(.adagrad), .adaptive(.adam), .adaptive(.yogi),
  ]
}

extension Kind<any Algorithm> {
  fileprivate static func algorithm<A: Algorithm>(_ schema: Schema<A>) -> Kind {
    Kind(schema.name, schema.codec, wrap: { $0 }, unwrap: { $0 as? A })
  }
}

extension Kind<any ServerOptimizer> {
  fileprivate static func server<S: ServerOptimizer>(_ schema: Schema<S>) -> Kind {
    Kind(schema.name, schema.codec, wrap: { $0 }, unwrap: { $0 as? S })
  }

  fileprivate static func adaptive(_ kind: ServerAdaptive.Kind) -> Kind {
    let schema = Schema(
      kind.rawValue, ServerAdaptive(kind),
      [
        .optional("rate", \.rate, .number(.positive)),
        .optional("beta1", \.beta1, .number(.fraction)),
        .optional("beta2", \.beta2, .number(.fraction)),
        .optional("tau", \.tau, .number(.positive)),
      ])
    return Kind(
      schema.name, schema.codec, wrap: { $0 },
      unwrap: { ($0 as? ServerAdaptive).flatMap { $0.kind == kind ? $0 : nil } })
  }
}

extension Codec<any Algorithm> {
  /// An algorithm: its name, or its name with settings.
  static var algorithm: Codec { .one(of: { algorithmKinds }, "federated algorithm") }
}

extension Codec<any ServerOptimizer> {
  /// A server optimizer: its name, or its name with settings.
  static var serverOptimizer: Codec { .one(of: { serverKinds }, "server optimizer") }
}
