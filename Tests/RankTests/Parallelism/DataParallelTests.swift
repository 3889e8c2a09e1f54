import Datasets
import Engine
import Graph
import Layers
import MPI
import Optimizers
import Parallelism
import Testing

extension Ranks {
  @Suite struct DataParallelTests {
    /// Layers of every kind that keeps state or draws: batch statistics, dropout, two paddings.
    static let model = Model(
      inputShape: [2, 6, 6],
      layers: [
        Conv2D(filters: 5, kernel: 3, padding: .same), BatchNorm(),
        Activation.relu, MaxPool2D(size: 2), Flatten(), Dropout(rate: 0.2), Dense(units: 3),
      ])

    /// Trains a few steps and returns all parameters by path, in row-major order.
    ///
    /// 22 samples in batches of 8 end in a batch of 6, which is uneven for most numbers of
    /// micro-batches.
    static func train(
      on communicator: Communicator, microBatches: Int?, threads: Int = 1,
      allReduce: GradientSum.Choice = .auto, model: Model = model, globalBatch: Int = 8,
      bucketBytes: Int? = nil, hasProgressThread: Bool = false, lossScale: Float = 1,
      arithmetic: Arithmetic = .float32, samples: Int = 22,
      optimizer: UpdatePolicy = UpdatePolicy(Adam()), descends: Bool = false
    ) throws -> (parameters: [[Float]], losses: [Float]) {
      let source = SyntheticSource(
        count: samples, featureShape: model.inputShape.dimensions, classes: 3, seed: 5)
      var settings = DataParallel.Settings(
        model: model, loss: .softmaxCrossEntropy, globalBatch: globalBatch,
        microBatches: microBatches, threads: threads, allReduce: allReduce, seed: 3)
      if let bucketBytes { settings.bucketBytes = bucketBytes }
      settings.hasProgressThread = hasProgressThread
      settings.lossScale = lossScale
      settings.arithmetic = arithmetic
      settings.descends = descends
      let parallel = try DataParallel(settings, optimizer: optimizer, on: communicator)
      var losses: [Float] = []
      for epoch in 0..<2 {
        let schedule = BatchSchedule(
          sampleCount: source.count, globalBatch: globalBatch,
          microBatches: parallel.microBatches, seed: 3, epoch: epoch)
        let readers = (0..<threads).map { _ in
          BatchReader(source: source, capacity: schedule.largestMicroBatch)
        }
        for step in 0..<schedule.stepCount {
          let result = try parallel.step(
            samples: schedule.positions(step: step).count, step: losses.count + 1,
            learningRate: 0.01,
            size: { schedule.positions(step: step, microBatch: $0).count },
            load: { worker, microBatch, executor in
              try load(executor, readers[worker], schedule, step, microBatch)
            })
          losses.append(result.lossSum)
        }
      }
      let state = parallel.state
      let parameters = try state.map.entries.indices.map {
        try state.map.unpack($0, from: state.parameters.base)
      }
      return (parameters, losses)
    }

    static func load(
      _ executor: Executor, _ reader: BatchReader, _ schedule: BatchSchedule, _ step: Int,
      _ microBatch: Int
    ) throws {
      let features = try #require(executor.input(TrainingGraph.InputName.features))
      let labels = try #require(executor.input(TrainingGraph.InputName.labels))
      _ = try reader.read(
        step: step, microBatch: microBatch, of: schedule,
        into: features.bindMemory(to: Float.self),
        labels: .classes(labels.bindMemory(to: Int32.self)))
      guard let keys = executor.input(BuildContext.randomKeysName) else { return }
      let words = keys.bindMemory(to: UInt32.self)
      for (index, position) in schedule.positions(step: step, microBatch: microBatch).enumerated() {
        words[2 * index] = UInt32(schedule.order[position])
        words[2 * index + 1] = UInt32(schedule.epoch)
      }
    }

    static func alone() throws -> Communicator {
      try Ranks.world.split(color: Ranks.world.rank, key: 0)
    }

    @Test(arguments: [4, 6, 8])
    func fixedMicroBatchesGiveTheBitsOfOneRank(microBatches: Int) throws {
      guard microBatches >= Ranks.world.size else { return }
      let single = try Self.train(on: Self.alone(), microBatches: microBatches)
      let together = try Self.train(on: Ranks.world, microBatches: microBatches)
      #expect(single.losses == together.losses)
      #expect(single.parameters == together.parameters)
    }

    @Test(arguments: GradientSum.Choice.allCases)
    func fixedMicroBatchesGiveTheSameBitsByAnyAlgorithm(choice: GradientSum.Choice) throws {
      let single = try Self.train(on: Self.alone(), microBatches: 8)
      let together = try Self.train(on: Ranks.world, microBatches: 8, allReduce: choice)
      #expect(single.losses == together.losses)
      #expect(single.parameters == together.parameters)
    }

    /// With buckets of a parameter each, sums over ranks are under way during the backward pass.
    @Test(arguments: GradientSum.Choice.allCases, [1, 2])
    func manyBucketsChangeNoBit(choice: GradientSum.Choice, threads: Int) throws {
      let single = try Self.train(on: Self.alone(), microBatches: 8)
      let together = try Self.train(
        on: Ranks.world, microBatches: 8, threads: threads, allReduce: choice, bucketBytes: 4)
      #expect(single.losses == together.losses)
      #expect(single.parameters == together.parameters)
    }

    @Test(arguments: GradientSum.Choice.allCases)
    func aProgressThreadChangesNoBit(choice: GradientSum.Choice) throws {
      let single = try Self.train(on: Self.alone(), microBatches: 8)
      let together = try Self.train(
        on: Ranks.world, microBatches: 8, allReduce: choice, bucketBytes: 4,
        hasProgressThread: true)
      #expect(single.losses == together.losses)
      #expect(single.parameters == together.parameters)
    }

    @Test func aLossScaleThatIsAPowerOfTwoChangesNoBit() throws {
      let plain = try Self.train(on: Ranks.world, microBatches: 8)
      let scaled = try Self.train(on: Ranks.world, microBatches: 8, lossScale: 1024)
      #expect(plain.losses == scaled.losses)
      #expect(plain.parameters == scaled.parameters)
    }

    @Test(.enabled(if: Arithmetic.bfloat16.isNative))
    func roundedOperandsGiveTheBitsOfOneRank() throws {
      let model = Model(
        inputShape: [2, 6, 6],
        layers: [Flatten(), Dense(units: 64, activation: .relu), Dense(units: 3)])
      func train(
        on communicator: Communicator, _ arithmetic: Arithmetic = .bfloat16
      ) throws -> (parameters: [[Float]], losses: [Float]) {
        // 33 samples a micro-batch: enough to be rounded.
        try Self.train(
          on: communicator, microBatches: 4, model: model, globalBatch: 132,
          arithmetic: arithmetic, samples: 132)
      }
      let (single, together) = (try train(on: Self.alone()), try train(on: Ranks.world))
      #expect(try train(on: Ranks.world, .float32).losses != together.losses)
      #expect(single.losses == together.losses)
      #expect(single.parameters == together.parameters)
    }

    /// A network for which several threads are worth it, so that buckets wait for the slowest.
    @Test func bucketsOfSeveralThreadsChangeNoBit() throws {
      let model = Model(
        inputShape: [2, 6, 6],
        layers: [
          Flatten(), Dense(units: 500, activation: .relu), Dense(units: 500, activation: .relu),
          Dense(units: 3),
        ])
      let one = try Self.train(on: Self.alone(), microBatches: 8, model: model)
      let several = try Self.train(
        on: Ranks.world, microBatches: 8, threads: 2, model: model, bucketBytes: 4)
      #expect(one.losses == several.losses)
      #expect(one.parameters == several.parameters)
    }

    @Test(arguments: [1, 2])
    func manyBucketsChangeNoBitInSharedMemory(threads: Int) throws {
      let one = try Self.train(on: Ranks.world, microBatches: nil, threads: threads)
      let many = try Self.train(
        on: Ranks.world, microBatches: nil, threads: threads, bucketBytes: 4)
      #expect(one.losses == many.losses)
      #expect(one.parameters == many.parameters)
    }

    @Test(arguments: [2, 3])
    func fixedMicroBatchesGiveTheSameBitsOnAnyNumberOfThreads(threads: Int) throws {
      let one = try Self.train(on: Self.alone(), microBatches: 5, threads: 1)
      let several = try Self.train(on: Self.alone(), microBatches: 5, threads: threads)
      #expect(one.losses == several.losses)
      #expect(one.parameters == several.parameters)
    }

    @Test(arguments: GradientSum.Choice.allCases)
    func automaticMicroBatchesGiveTheSameBitsTwice(choice: GradientSum.Choice) throws {
      let first = try Self.train(
        on: Ranks.world, microBatches: nil, threads: 2, allReduce: choice)
      let second = try Self.train(
        on: Ranks.world, microBatches: nil, threads: 2, allReduce: choice)
      #expect(first.parameters == second.parameters)
    }

    @Test func allRanksHoldTheSameParameters() throws {
      let mine = try Self.train(on: Ranks.world, microBatches: nil).parameters.flatMap { $0 }
      var roots = mine
      try Ranks.world.broadcast(&roots, from: 0)
      #expect(mine == roots)
    }

    /// With more than six ranks some have no sample in the epoch's last batch of six. No biases before the
    /// norms: their gradients are 0, so that Adam would follow the rounding errors.
    @Test func synchronisedBatchNormTrainsAsOneRankOnTheWholeBatch() throws {
      let model = Model(
        inputShape: [2, 6, 6],
        layers: [
          Conv2D(filters: 4, kernel: 3, useBias: false), BatchNorm(isSynchronized: true),
          Activation.relu, Conv2D(filters: 3, kernel: 3, useBias: false),
          BatchNorm(isSynchronized: true), Flatten(), Dense(units: 3),
        ])
      let whole = try Self.train(on: Self.alone(), microBatches: 1, model: model)
      let cut = try Self.train(on: Ranks.world, microBatches: nil, threads: 2, model: model)
      for (a, b) in zip(whole.parameters.joined(), cut.parameters.joined()) {
        #expect(abs(a - b) <= 1e-3 * max(1, abs(a)))
      }
      for (a, b) in zip(whole.losses, cut.losses) { #expect(abs(a - b) <= 1e-3 * abs(a)) }
    }

    @Test func synchronisedBatchNormRefusesSeveralMicroBatchesARank() throws {
      let model = Model(
        inputShape: [3], layers: [BatchNorm(isSynchronized: true), Dense(units: 3)])
      let microBatches = 2 * Ranks.world.size
      #expect(throws: GraphError.self) {
        _ = try Self.train(
          on: Ranks.world, microBatches: microBatches, model: model, globalBatch: microBatches)
      }
    }

    /// Without batch statistics, cutting the batch changes nothing but rounding.
    @Test func ranksTrainAsOneOnTheWholeBatch() throws {
      let model = Model(
        inputShape: [2, 6, 6],
        layers: [
          Conv2D(filters: 4, kernel: 3, activation: .tanh), Flatten(), Dense(units: 3),
        ])
      let whole = try Self.train(on: Self.alone(), microBatches: 1, model: model)
      let cut = try Self.train(on: Ranks.world, microBatches: nil, threads: 2, model: model)
      for (a, b) in zip(whole.parameters.joined(), cut.parameters.joined()) {
        #expect(abs(a - b) <= 2e-4 * max(1, abs(a)))
      }
    }
  }
}
