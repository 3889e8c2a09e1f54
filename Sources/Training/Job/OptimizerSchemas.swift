import Optimizers

// The keys of each optimizer in a job file, with the names of its properties. Constants are
// PyTorch's, default rates Keras's: 0.01 for SGD, 0.001 for most others.

extension SGD {
  static var schema: Schema<OptimizerSettings<SGD>> {
    schema(
      SGD(), rate: 0.01,
      [
        .optional("momentum", \.rule.momentum, .number(.fraction)),
        .optional("dampening", \.rule.dampening, .number(.fraction)),
        .optional("nesterov", \.rule.isNesterov, .flag),
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
    schema(
      Adam(), rate: 0.001,
      [
        .optional("beta1", \.rule.beta1, .number(.fraction)),
        .optional("beta2", \.rule.beta2, .number(.fraction)),
        .optional("epsilon", \.rule.epsilon, .number(.positive)),
      ])
  }
}

extension AdamW {
  static var schema: Schema<OptimizerSettings<AdamW>> {
    schema(
      AdamW(), rate: 0.001,
      [
        .optional("beta1", \.rule.beta1, .number(.fraction)),
        .optional("beta2", \.rule.beta2, .number(.fraction)),
        .optional("epsilon", \.rule.epsilon, .number(.positive)),
      ])
  }
}

extension RMSprop {
  static var schema: Schema<OptimizerSettings<RMSprop>> {
    schema(
      RMSprop(), rate: 0.001,
      [
        .optional("rho", \.rule.rho, .number(.fraction)),
        .optional("epsilon", \.rule.epsilon, .number(.positive)),
        .optional("momentum", \.rule.momentum, .number(.fraction)),
        .optional("centered", \.rule.isCentered, .flag),
      ])
  }
}

extension Adagrad {
  static var schema: Schema<OptimizerSettings<Adagrad>> {
    schema(
      Adagrad(), rate: 0.01,
      [
        .optional("rateDecay", \.rule.rateDecay, .number(.notNegative)),
        .optional("initialSum", \.rule.initialSum, .number(.notNegative)),
        .optional("epsilon", \.rule.epsilon, .number(.positive)),
      ])
  }
}

extension Adadelta {
  static var schema: Schema<OptimizerSettings<Adadelta>> {
    schema(
      Adadelta(), rate: 1,
      [
        .optional("rho", \.rule.rho, .number(.fraction)),
        .optional("epsilon", \.rule.epsilon, .number(.positive)),
      ])
  }
}

extension Lion {
  static var schema: Schema<OptimizerSettings<Lion>> {
    schema(
      Lion(), rate: 0.0001,
      [
        .optional("beta1", \.rule.beta1, .number(.fraction)),
        .optional("beta2", \.rule.beta2, .number(.fraction)),
      ])
  }
}

extension LARS {
  static var schema: Schema<OptimizerSettings<LARS>> {
    schema(
      LARS(), rate: 0.1,
      [
        .optional("momentum", \.rule.momentum, .number(.fraction)),
        .optional("coefficient", \.rule.coefficient, .number(.positive)),
        .optional("epsilon", \.rule.epsilon, .number(.positive)),
        .optional("alwaysAdapt", \.rule.alwaysAdapts, .flag),
      ])
  }
}

extension LAMB {
  static var schema: Schema<OptimizerSettings<LAMB>> {
    schema(
      LAMB(), rate: 0.001,
      [
        .optional("beta1", \.rule.beta1, .number(.fraction)),
        .optional("beta2", \.rule.beta2, .number(.fraction)),
        .optional("epsilon", \.rule.epsilon, .number(.positive)),
        .optional("alwaysAdapt", \.rule.alwaysAdapts, .flag),
      ])
  }
}
