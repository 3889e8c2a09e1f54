import Graph
import Layers
import Optimizers
import Testing
import Training

@Suite struct JobYAMLTests {
  /// Reads what was written, from another folder.
  private func reread(_ job: Job) throws -> Job {
    try Job(text: job.yaml, file: "job.yaml", currentFolder: "/elsewhere")
  }

  /// Every layer with settings that differ from the defaults, every activation and initialiser.
  private let manyLayers = [
    "conv2d: {filters: 6, kernel: [3, 1], strides: [1, 2], padding: [0, 1, 2, 3], dilation: [1, 2], groups: 1, activation: {leakyRelu: {slope: 0.3}}, kernelInitializer: {kaimingUniform: {negativeSlope: 0.1}}, biasInitializer: fanUniform}",
    "conv2d: {filters: 4, kernel: 3, padding: same, groups: 2, useBias: false, kernelInitializer: heUniform}",
    "batchNorm: {momentum: 0.99, epsilon: 1e-3}", "batchNorm: {synchronized: true}", "leakyRelu",
    "elu: {alpha: 0.7}", "gelu",
    "geluTanh", "tanh", "sigmoid", "softplus", "swish", "linear", "relu",
    "maxPool2d: {size: [2, 1], strides: 1}", "averagePool2d: {size: 2, padding: same}",
    "dropout: {rate: 0.1}", "sequential: [relu, flatten, {dense: {units: 12}}]",
    "reshape: {shape: [3, -1]}", "dense: {units: 5, kernelInitializer: {constant: 1e-9}}",
    "flatten",
    "dense: {units: 10, activation: logSoftmax, kernelInitializer: {normal: {mean: 0.1, deviation: 0.2}}, biasInitializer: {uniform: {lower: -0.1, upper: 0.1}}}",
    "softmax",
  ]

  /// Layers that came later, with settings that differ from the defaults.
  private let branchingLayers = [
    "depthwiseConv2d: {kernel: 3, multiplier: 2, padding: same}",
    "residual: [relu, {conv2d: {filters: 2, kernel: 1}}]",
    "residual: {layers: [{conv2d: {filters: 4, kernel: 1}}], shortcut: [{conv2d: {filters: 4, kernel: 1}}], activation: relu}",
    "parallel: {branches: [[relu], [linear, {groupNorm: {groups: 2, epsilon: 1e-3}}]], combine: add}",
    "parallel: {branches: [[relu], [tanh]], axis: 2}",
    "upsample2d: {factor: [1, 2]}", "zeroPad2d: {top: 1, right: 2}",
    "slice: {axis: 3, start: 1, count: 6}", "gather: {axis: 3, indices: [3, 0, 1, 1, 2, 5]}",
    "convTranspose2d: {filters: 3, kernel: 2, strides: 2, extra: [0, 1]}",
    "layerNorm: {epsilon: 1e-3}", "rmsNorm", "reshape: {shape: [3, -1]}",
    "conv1d: {filters: 4, kernel: 3, padding: causal, dilation: 2}",
    "conv1d: {filters: 4, kernel: 3, padding: [2, 1], groups: 2, activation: relu}", "flatten",
    "dense: {units: 10}",
  ]

  @Test func readingWhatWasWrittenGivesAnEqualJob() throws {
    let job = try JobText(
      layers: manyLayers, optimizer: "{adamW: {learningRate: 1e-05, epsilon: 1e-20}}",
      training:
        "{epochs: 3, steps: 1000, globalBatch: 48, microBatches: 3, seed: 18446744073709551615, threads: 2}",
      rest: [
        "parallel: {allReduce: ring, bucketMegabytes: 0.1}",
        "checkpoint: {everySteps: 3, everyEpochs: 2, everyMinutes: 7.5, keep: 7, keepEvery: 9, best: loss, background: false, layout: perRank, precision: bfloat16}",
        "divergence: {skips: 3, rollbacks: 2, rateFactor: 0.1, explosion: 20}",
      ]
    ).job()
    #expect(try reread(job) == job)
  }

  @Test(
    arguments: [
      "{compression: fp16, shardOptimizer: true, timeoutSeconds: 2.5}",
      "{compression: {topK: {share: 0.25}}}", "{compression: {randomK: {share: 1}}}",
      "{compression: {powerSGD: {rank: 2}}}", "{compression: sign}",
      "{combination: adasum, progressThread: true}",
      "{allReduce: ring, onFailure: shrink}",
    ])
  func waysToWorkTogetherSurvive(settings: String) throws {
    let job = try JobText(rest: ["parallel: \(settings)"]).job()
    #expect(try reread(job) == job)
  }

  @Test func branchesSurviveToo() throws {
    let job = try JobText(
      input: "[1, 8, 8]", layers: branchingLayers.map { $0 },
      loss: "{negativeLogLikelihood: {ignoredLabel: -100}}"
    ).job()
    #expect(try reread(job) == job)
  }

  @Test(
    arguments: [
      "softmaxCrossEntropy: {labelSmoothing: 0.1, classWeights: [1, 2, 0.5, 1, 1, 1, 1, 1, 1, 1]}",
      "negativeLogLikelihood: {ignoredLabel: 3}", "binaryCrossEntropy", "meanAbsoluteError",
      "huber: {delta: 0.5}", "hinge",
    ])
  func lossesSurviveToo(loss: String) throws {
    let job = try JobText(loss: loss.contains(":") ? "{\(loss)}" : loss).job()
    #expect(try reread(job) == job)
    #expect(job.loss.name == loss.prefix { $0 != ":" })
  }

  @Test(
    arguments: [
      "rnn: {units: 10, layers: 2, activation: relu, output: sequence, useBias: false}",
      "lstm: {units: 10, bidirectional: true, dropout: 0.3, initialState: learned}",
      "gru: {units: 10}", "masking: {value: -1.5}",
    ])
  func recurrentLayersSurviveToo(layer: String) throws {
    let job = try JobText(
      input: "[4, 16]", layers: [layer, "flatten", "dense: {units: 10}"]
    ).job()
    #expect(try reread(job) == job)
    let name = try #require(job.model.layers.layers.first?.name)
    #expect(layer.hasPrefix(name))
  }

  @Test func anEmbeddingTakesTokens() throws {
    let job = try JobText(
      data: "synthetic", input: "[12]",
      layers: ["embedding: {tokens: 50, units: 4}", "flatten", "dense: {units: 10}"]
    ).job()
    #expect(try reread(job) == job)
    #expect(job.model.layers.inputTokens == 50)
  }

  @Test(
    arguments: [
      JobText(), JobText(data: "synthetic"), JobText(data: "synthetic", loss: "meanSquaredError"),
      JobText(data: "{train: [a.h5, 'b c.h5'], test: [d.h5, \"e: #f.h5\"]}"),
      JobText(
        optimizer: "{sgd: {momentum: 0.9, nesterov: true}}", training: "{steps: 5}",
        rest: ["checkpoint: {everyEpochs: never, keep: all}"]),
    ])
  func defaultsSurviveToo(text: JobText) throws {
    let job = try text.job()
    #expect(try reread(job) == job)
  }

  @Test func everyLayerIsInTheRegistry() throws {
    let layers: [any Layer] = [
      GlobalMaxPool2D(), GlobalAveragePool2D(), Activation.elu(), Sequential([Flatten()]),
    ]
    var job = try JobText().job()
    job.model.layers = Sequential(layers)
    let yaml = job.yaml
    #expect(layers.allSatisfy { yaml.contains($0.name) })
  }

  @Test func everyDefaultIsWritten() throws {
    let yaml = try JobText(layers: ["flatten", "dense: {units: 10}"]).job().yaml
    #expect(
      yaml == """
        data:
          train: /somewhere/jobs/shards/train-*.h5
          test: /somewhere/jobs/shards/test.h5
          shuffle: auto
          cacheMegabytes: 192.0
          sharedCache: false
          normalization: file
          sampling: none
          groupByLength: false
          augment: none
        model:
          input: [1, 8, 8]
          layers:
          - flatten
          - {dense: {units: 10, activation: linear, useBias: true, kernelInitializer: glorotUniform, biasInitializer: zeros, sharedWeight: none}}
        loss: {softmaxCrossEntropy: {labelSmoothing: 0.0, classWeights: none, ignoredLabel: none}}
        metrics: none
        optimizer: {adam: {learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1.0e-08, weightDecay: 0.0, decayVectors: true, groups: none, clipValue: none, clipNorm: none, average: none}}
        training: {epochs: 2, steps: unlimited, globalBatch: 32, microBatches: auto, seed: 0, threads: auto, lossScale: 1.0, compute: float32}
        parallel: {allReduce: auto, allReduceModel: none, bucketMegabytes: 25.0, compression: none, combination: mean, progressThread: false, shardOptimizer: auto, onFailure: stop, timeoutSeconds: 300.0}
        checkpoint: {everySteps: never, everyEpochs: 1, everyMinutes: never, keep: 3, keepEvery: none, best: none, background: true, layout: single, precision: float32}
        divergence: {skips: 0, rollbacks: 0, rateFactor: 0.5, explosion: none}

        """)
  }
}
