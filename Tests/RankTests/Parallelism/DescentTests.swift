import Datasets
import Engine
import Layers
import MPI
import Optimizers
import Parallelism
import Testing

extension Ranks {
  /// Steps that change parameters while gradients are computed: on a rank by itself only.
  @Suite struct DescentTests {
    static let model = Model(
      inputShape: [40], layers: [Dense(units: 24, activation: .relu), Dense(units: 3)])
    static let descent = UpdatePolicy(SGD(weightDecay: 0.01))

    /// 22 samples in batches of 8: the last one is shorter, and has a plan of its own.
    @Test(arguments: [nil, 1, 4])
    func stepAtOnceHasTheBitsOfOneByTheGradient(microBatches: Int?) throws {
      for communicator in [Ranks.world, try DataParallelTests.alone()] {
        guard microBatches ?? 4 >= communicator.size else { continue }
        let trained = try [false, true].map {
          try DataParallelTests.train(
            on: communicator, microBatches: microBatches, model: Self.model,
            optimizer: Self.descent, descends: $0)
        }
        #expect(trained[0].losses == trained[1].losses)
        #expect(trained[0].parameters == trained[1].parameters)
      }
    }

    /// A rank by itself.
    private func parallel(
      _ optimizer: UpdatePolicy = descent, microBatches: Int? = nil, lossScale: Float = 1
    ) throws -> DataParallel {
      var settings = DataParallel.Settings(
        model: Self.model, loss: .softmaxCrossEntropy, globalBatch: 8, microBatches: microBatches,
        seed: 3)
      settings.descends = true
      settings.lossScale = lossScale
      return try DataParallel(settings, optimizer: optimizer, on: DataParallelTests.alone())
    }

    @Test func whatElseLooksAtGradientsHasThemInMemory() throws {
      #expect(try parallel().plan.plan.descended.count == 2)
      #expect(try parallel(UpdatePolicy(SGD(momentum: 0.9))).plan.plan.descended.isEmpty)
      #expect(try parallel(UpdatePolicy(SGD(), clipNorm: 1)).plan.plan.descended.isEmpty)
      #expect(try parallel(microBatches: 2).plan.plan.descended.isEmpty)
      #expect(try parallel(lossScale: 8).plan.plan.descended.isEmpty)
    }

    @Test func lossThatIsNotFiniteChangesNoParameter() throws {
      let parallel = try parallel()
      let source = SyntheticSource(
        count: 8, featureShape: Self.model.inputShape.dimensions, classes: 3, seed: 5)
      let schedule = BatchSchedule(
        sampleCount: 8, globalBatch: 8, microBatches: 1, seed: 3, epoch: 0)
      let reader = BatchReader(source: source, capacity: 8)
      let parameters = parallel.state.parameters.buffer
      for (step, isGood) in [true, false, true].enumerated() {
        let before = Array(parameters)
        let result = try parallel.step(
          samples: 8, step: step + 1, learningRate: 0.1, size: { _ in 8 },
          accepts: { $0.lossSum.isFinite },
          load: { _, microBatch, executor in
            try DataParallelTests.load(executor, reader, schedule, 0, microBatch)
            guard !isGood else { return }
            let features = try #require(executor.input(TrainingGraph.InputName.features))
            features.storeBytes(of: .nan, as: Float.self)
          })
        #expect(result.isTaken == isGood)
        #expect((Array(parameters) == before) != isGood)
        if !isGood {
          let first = try #require(try parallel.firstNonFinite())
          #expect(first.path == "layers.0.weight")
          #expect(first.isGradient)
        }
      }
    }
  }
}
