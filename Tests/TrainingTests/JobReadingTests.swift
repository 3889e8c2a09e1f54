import Graph
import Layers
import Optimizers
import Testing
import Training

@Suite struct JobReadingTests {
  @Test func defaultsAreFilledIn() throws {
    let job = try JobText().job()
    #expect(job.training.globalBatch == 32)
    #expect(job.training.microBatches == nil)
    #expect(job.training.seed == 0)
    #expect(job.parallel == Job.Parallel())
    #expect(job.checkpoint.everyEpochs == 1)
    #expect(job.checkpoint.keep == 3)
    #expect(job.optimizer == .init(rule: Adam(), schedule: ConstantSchedule(0.001)))
  }

  @Test func layersBecomeAModel() throws {
    let job = try JobText(
      layers: [
        "conv2d: {filters: 4, kernel: [3, 1], strides: 2, padding: same, useBias: false}",
        "batchNorm", "relu", "maxPool2d", "averagePool2d: {size: 2, strides: 1, padding: [1]}",
        "dropout: {rate: 0.25}", "globalAveragePool2d",
        "dense: {units: 10, activation: {elu: {alpha: 0.5}}}",
      ]
    ).job()
    #expect(
      job.model
        == Model(
          inputShape: [1, 8, 8],
          layers: [
            Conv2D(
              filters: 4, kernel: Extent2D(3, 1), strides: 2, padding: .same, useBias: false),
            BatchNorm(), Activation.relu, MaxPool2D(),
            AveragePool2D(size: 2, strides: 1, padding: .explicit(1)), Dropout(rate: 0.25),
            GlobalAveragePool2D(), Dense(units: 10, activation: .elu(alpha: 0.5)),
          ]))
  }

  @Test(
    arguments: [
      ("valid", .valid), ("same", .same), ("[1]", .explicit(1)),
      ("[1, 2]", .explicit(top: 1, bottom: 1, left: 2, right: 2)),
      ("[0, 1, 2, 3]", .explicit(top: 0, bottom: 1, left: 2, right: 3)),
    ] as [(String, Padding)])
  func paddingHasFiveForms(text: String, padding: Padding) throws {
    let job = try JobText(
      layers: [
        "conv2d: {filters: 4, kernel: 5, padding: \(text)}", "flatten", "dense: {units: 10}",
      ]
    ).job()
    #expect((job.model.layers.layers[0] as? Conv2D)?.padding == padding)
  }

  @Test(
    arguments: [
      ("heNormal", .heNormal), ("{constant: 0.5}", .constant(0.5)),
      ("{uniform: {lower: -1, upper: 2}}", .uniform(lower: -1, upper: 2)),
      ("normal", .normal(mean: 0, deviation: 0.05)),
      ("kaimingUniform", .kaimingUniform(negativeSlope: Float(5).squareRoot())),
      ("fanUniform", .fanUniform(fan: 0)),
    ] as [(String, Initializer)])
  func initializersHaveNamesAndSettings(text: String, initializer: Initializer) throws {
    let job = try JobText(
      layers: ["flatten", "dense: {units: 10, kernelInitializer: \(text)}"]
    ).job()
    #expect((job.model.layers.layers[1] as? Dense)?.kernelInitializer == initializer)
  }

  @Test(
    arguments: [
      ("sgd", SGD(), 0.01),
      (
        "{sgd: {learningRate: 0.5, momentum: 0.9, nesterov: true}}",
        SGD(momentum: 0.9, isNesterov: true), 0.5
      ),
      ("{adam: {beta1: 0.8, weightDecay: 1.0e-4}}", Adam(beta1: 0.8, weightDecay: 1e-4), 0.001),
      ("{adamW: {learningRate: 3e-4}}", AdamW(), 3e-4),
    ] as [(String, any Optimizer, Double)])
  func optimizersHaveNamesAndSettings(
    text: String, rule: any Optimizer, rate: Double
  ) throws {
    let job = try JobText(optimizer: text).job()
    #expect(job.optimizer == .init(rule: rule, schedule: ConstantSchedule(rate)))
  }

  @Test func trainingMayBeLimitedBySteps() throws {
    let job = try JobText(training: "{steps: 100, globalBatch: 64, microBatches: 4}").job()
    #expect(job.training.steps == 100)
    #expect(job.training.epochs == nil)
    #expect(job.training.microBatches == 4)
  }

  @Test func checkpointsByStepsAreNotByEpochsToo() throws {
    let job = try JobText(rest: ["checkpoint: {everySteps: 5, keep: all}"]).job()
    #expect(job.checkpoint.everySteps == 5)
    #expect(job.checkpoint.everyEpochs == nil)
    #expect(job.checkpoint.keep == nil)
  }

  @Test func bucketsAreCountedInBytes() throws {
    let job = try JobText(rest: ["parallel: {bucketMegabytes: 0.5, allReduce: ring}"]).job()
    #expect(job.parallel.bucketByteLimit == 500_000)
    #expect(job.parallel.allReduce == .ring)
  }

  @Test func regressionTakesTheOutputsShape() throws {
    let job = try JobText(data: "synthetic", loss: "meanSquaredError").job()
    #expect(
      job.data == .synthetic(Job.Synthetic(shape: [1, 8, 8], classes: nil, samples: 1024)))
  }
}
