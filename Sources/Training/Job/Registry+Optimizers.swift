import Optimizers
import Yams

/// The optimizers of the job file: one line each.
private var optimizerKinds: [Kind<Job.Optimization>] {
  [
    .optimizer(SGD.schema),
    .optimizer(Adam.schema),
    .optimizer(AdamW.schema),
  ]
}

extension Codec<Job.Optimization> {
  /// An optimizer with its learning rate: its name, or its name with settings.
  static var optimizer: Codec { .one(of: { optimizerKinds }, "optimizer") }
}

/// An optimizer's keys and the learning rate beside them.
struct OptimizerSettings<Rule: Optimizer> {
  var learningRate: any Schedule
  var rule: Rule
}

extension Kind<Job.Optimization> {
  fileprivate static func optimizer<R: Optimizer>(_ schema: Schema<OptimizerSettings<R>>) -> Kind {
    Kind(
      schema.name, schema.codec,
      wrap: { Job.Optimization(rule: $0.rule, schedule: $0.learningRate) },
      unwrap: { optimization in
        (optimization.rule as? R).map {
          OptimizerSettings(learningRate: optimization.schedule, rule: $0)
        }
      })
  }
}

extension Codec<any Schedule> {
  /// A number: the same rate for all steps.
  static var schedule: Codec {
    let rate = Codec<Double>.number(.positive)
    return Codec(
      expectation: rate.expectation,
      decode: { node throws(JobError) in ConstantSchedule(try rate.decode(node)) },
      encode: { schedule in
        guard let constant = schedule as? ConstantSchedule else {
          preconditionFailure("\(schedule) is not registered as a schedule")
        }
        return rate.encode(constant.rate)
      })
  }
}

// Default rates are Keras's: 0.01 for SGD, 0.001 for the others.

extension SGD {
  static var schema: Schema<OptimizerSettings<SGD>> {
    Schema(
      "sgd", OptimizerSettings(learningRate: ConstantSchedule(0.01), rule: SGD()),
      [
        .optional("learningRate", \.learningRate, .schedule),
        .optional("momentum", \.rule.momentum, .number(.fraction)),
        .optional("dampening", \.rule.dampening, .number(.fraction)),
        .optional("nesterov", \.rule.isNesterov, .flag),
        .optional("weightDecay", \.rule.weightDecay, .number(.notNegative)),
      ],
      check: { settings, node throws(JobError) in
        let rule = settings.rule
        guard !rule.isNesterov || (rule.momentum > 0 && rule.dampening == 0) else {
          throw JobError(
            node.child("nesterov")?.place ?? node.place,
            "nesterov needs a momentum above 0 and no dampening")
        }
      })
  }
}

extension Adam {
  static var schema: Schema<OptimizerSettings<Adam>> {
    Schema(
      "adam", OptimizerSettings(learningRate: ConstantSchedule(0.001), rule: Adam()),
      [
        .optional("learningRate", \.learningRate, .schedule),
        .optional("beta1", \.rule.beta1, .number(.fraction)),
        .optional("beta2", \.rule.beta2, .number(.fraction)),
        .optional("epsilon", \.rule.epsilon, .number(.positive)),
        .optional("weightDecay", \.rule.weightDecay, .number(.notNegative)),
      ])
  }
}

extension AdamW {
  static var schema: Schema<OptimizerSettings<AdamW>> {
    Schema(
      "adamW", OptimizerSettings(learningRate: ConstantSchedule(0.001), rule: AdamW()),
      [
        .optional("learningRate", \.learningRate, .schedule),
        .optional("beta1", \.rule.beta1, .number(.fraction)),
        .optional("beta2", \.rule.beta2, .number(.fraction)),
        .optional("epsilon", \.rule.epsilon, .number(.positive)),
        .optional("weightDecay", \.rule.weightDecay, .number(.notNegative)),
      ])
  }
}
