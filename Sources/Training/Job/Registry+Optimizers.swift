import Optimizers
import Yams

/// The optimizers of the job file: one line each. Their keys are in `OptimizerSchemas.swift`.
private var optimizerKinds: [Kind<Job.Optimization>] {
  [
    .optimizer(SGD.schema),
    .optimizer(Adam.schema),
    .optimizer(AdamW.schema),
    .optimizer(RMSprop.schema),
    .optimizer(Adagrad.schema),
    .optimizer(Adadelta.schema),
    .optimizer(Lion.schema),
    .optimizer(LARS.schema),
    .optimizer(LAMB.schema),
  ]
}

extension Codec<Job.Optimization> {
  /// An optimizer with its learning rate: its name, or its name with settings.
  static var optimizer: Codec { .one(of: { optimizerKinds }, "optimizer") }
}

/// An optimizer's keys and those that all optimizers have.
struct OptimizerSettings<Rule: Optimizer> {
  var learningRate: any Schedule
  var rule: Rule
  /// All but its rule.
  var policy: UpdatePolicy
}

extension Kind<Job.Optimization> {
  fileprivate static func optimizer<R: Optimizer>(_ schema: Schema<OptimizerSettings<R>>) -> Kind {
    Kind(
      schema.name, schema.codec,
      wrap: { settings in
        var policy = settings.policy
        policy.rule = settings.rule
        return Job.Optimization(policy: policy, schedule: settings.learningRate)
      },
      unwrap: { optimization in
        (optimization.rule as? R).map {
          OptimizerSettings(
            learningRate: optimization.schedule, rule: $0, policy: optimization.policy)
        }
      })
  }
}

extension Optimizer {
  /// The keys of a rule between those that all optimizers have.
  static func schema(
    _ rule: Self, rate: Double, _ fields: [Field<OptimizerSettings<Self>>],
    check: @escaping (OptimizerSettings<Self>, JobNode) throws(JobError) -> Void = { _, _ in }
  ) -> Schema<OptimizerSettings<Self>> {
    Schema(
      rule.name,
      OptimizerSettings(
        learningRate: ConstantSchedule(rate), rule: rule, policy: UpdatePolicy(rule)),
      [.optional("learningRate", \.learningRate, .schedule)] + fields + [
        .optional("weightDecay", \.rule.weightDecay, .number(.notNegative)),
        .optional("decayVectors", \.policy.decaysVectors, .flag),
        .optional(
          "groups", \.policy.groups, Schema<ParameterGroup>.parameterGroup.codec.listOrNone),
        .optional("clipValue", \.policy.clipValue, .number(.positive), or: "none"),
        .optional("clipNorm", \.policy.clipNorm, .number(.positive), or: "none"),
        .optional("average", \.policy.averaging, .number(.fraction), or: "none"),
      ], check: check)
  }
}

extension Schema<ParameterGroup> {
  fileprivate static var parameterGroup: Schema {
    Schema(
      "groups", ParameterGroup(parameters: ""),
      [
        .required("parameters", \.parameters, .text("a parameter's path, or a pattern of it")),
        .optional("rateFactor", \.rateFactor, .number(.notNegative)),
        .optional("weightDecay", \.weightDecay, .number(.notNegative), or: "same"),
      ])
  }
}
