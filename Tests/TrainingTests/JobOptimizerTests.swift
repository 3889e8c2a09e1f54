import Optimizers
import Testing
import Training

/// Optimizers, schedules and what surrounds them, as a job file names them.
@Suite struct JobOptimizerTests {
  @Test(
    arguments: [
      (
        "rmsprop: {rho: 0.9, centered: true, momentum: 0.5}",
        RMSprop(rho: 0.9, momentum: 0.5, isCentered: true)
      ),
      ("adagrad: {rateDecay: 0.1, initialSum: 0.2}", Adagrad(rateDecay: 0.1, initialSum: 0.2)),
      ("adadelta: {rho: 0.8}", Adadelta(rho: 0.8)),
      ("lion: {beta2: 0.95, weightDecay: 0.1}", Lion(beta2: 0.95, weightDecay: 0.1)),
      ("lars: {coefficient: 0.02}", LARS(coefficient: 0.02)),
      ("lamb: {alwaysAdapt: true}", LAMB(alwaysAdapts: true)),
    ] as [(String, any Optimizer)])
  func everyOptimizerHasAName(text: String, rule: any Optimizer) throws {
    let job = try JobText(optimizer: "{\(text)}").job()
    #expect(job.optimizer.rule.isEqual(to: rule))
  }

  static let schedules: [(String, any Schedule)] = [
    ("0.5", ConstantSchedule(0.5)),
    ("{constant: {rate: 0.5, warmup: 10}}", Warmup(steps: 10, before: ConstantSchedule(0.5))),
    (
      "{step: {from: 0.1, factor: 0.5, every: 30}}",
      StepSchedule(start: 0.1, factor: 0.5, every: 30)
    ),
    (
      "{milestones: {from: 0.1, at: [10, 20]}}",
      MilestoneSchedule(start: 0.1, milestones: [10, 20])
    ),
    (
      "{exponential: {from: 0.1, factor: 0.96, every: 100}}",
      ExponentialSchedule(start: 0.1, factor: 0.96, every: 100)
    ),
    (
      "{cosine: {from: 0.003, to: 0, steps: 2000, warmup: 100}}",
      Warmup(steps: 100, before: CosineSchedule(start: 0.003, steps: 1900))
    ),
    (
      "{polynomial: {from: 0.1, to: 0.01, steps: 50, power: 2}}",
      PolynomialSchedule(start: 0.1, end: 0.01, steps: 50, power: 2)
    ),
    (
      "{oneCycle: {peak: 0.1, steps: 500, form: linear}}",
      OneCycleSchedule(peak: 0.1, steps: 500, form: .linear)
    ),
    (
      "{cosine: {from: 0.1, steps: 9, scaledFrom: 8}}",
      LinearScaling(referenceBatch: 8, batch: 32, of: CosineSchedule(start: 0.1, steps: 9))
    ),
  ]

  @Test(arguments: schedules.indices)
  func everyScheduleHasAName(index: Int) throws {
    let (text, schedule) = Self.schedules[index]
    let job = try JobText(optimizer: "{adam: {learningRate: \(text)}}").job()
    #expect(job.optimizer.schedule.isEqual(to: schedule))
  }

  @Test(arguments: schedules.indices)
  func schedulesSurviveWriting(index: Int) throws {
    let job = try JobText(optimizer: "{sgd: {learningRate: \(Self.schedules[index].0)}}").job()
    #expect(try Job(text: job.yaml, file: "job.yaml", currentFolder: "/elsewhere") == job)
  }

  private static let plateau =
    "{adam: {learningRate: {reduceOnPlateau: {from: 0.1, patience: 3, minimum: 0.001, warmup: 5}}}}"

  @Test func aPlateauLooksAtTheTestSplit() throws {
    let job = try JobText(data: "{train: [a.h5], test: [b.h5]}", optimizer: Self.plateau).job()
    #expect(
      job.optimizer.schedule.plateauRule
        == ReduceOnPlateau(start: 0.1, patience: 3, minimum: 0.001))
    #expect(try Job(text: job.yaml, file: "job.yaml", currentFolder: "/elsewhere") == job)
    let error = #expect(throws: JobError.self) {
      try JobText(data: "{train: [a.h5]}", optimizer: Self.plateau).job()
    }
    #expect(error?.description.contains("give data.test") == true)
  }

  @Test func thePolicyHasTheKeysOfEveryOptimizer() throws {
    let job = try JobText(
      optimizer:
        "{adamW: {decayVectors: false, groups: [{parameters: layers.0.*, rateFactor: 0.1, weightDecay: 0}], clipValue: 1, clipNorm: 0.5, average: 0.99}}"
    ).job()
    #expect(
      job.optimizer.policy
        == UpdatePolicy(
          AdamW(),
          groups: [ParameterGroup(parameters: "layers.0.*", rateFactor: 0.1, weightDecay: 0)],
          decaysVectors: false, clipValue: 1, clipNorm: 0.5, averaging: 0.99))
    #expect(try Job(text: job.yaml, file: "job.yaml", currentFolder: "/elsewhere") == job)
  }

  @Test(
    arguments: [
      ("{sgd: {learningRate: {cosine: {from: 0.1}}}}", "cosine needs the key \"steps\""),
      (
        "{sgd: {learningRate: {cosin: {from: 0.1}}}}",
        "unknown schedule \"cosin\"; did you mean \"cosine\"?"
      ),
      (
        "{sgd: {learningRate: {cosine: {from: 0.1, steps: 5, warmup: 5}}}}",
        "warmup (5) must be less than steps (5)"
      ),
      (
        "{sgd: {groups: [{parameters: \"*.biases\"}]}}",
        "no trained parameter matches \"*.biases\" in groups"
      ),
    ])
  func mistakesAreNamed(text: String, message: String) {
    let refusal = JobText(optimizer: text).refusal() ?? "accepted"
    #expect(refusal.contains(message), "\(refusal)")
  }
}
