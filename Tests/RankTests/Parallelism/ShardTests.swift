import Engine
import Layers
import MPI
import Optimizers
import Parallelism
import Testing

extension Ranks {
  /// Optimizer state in shards changes nothing but memory.
  @Suite struct ShardTests {
    private func train(
      _ policy: UpdatePolicy, shards: Bool?, microBatches: Int?, choice: GradientSum.Choice,
      model: Model = DataParallelTests.model, isSynchronized: Bool = true
    ) throws -> (parameters: [[Float]], slots: [[Float]], own: Int, whole: Int) {
      var settings = DataParallel.Settings(
        model: model, loss: .softmaxCrossEntropy, globalBatch: 16, microBatches: microBatches,
        allReduce: choice, bucketBytes: 64, seed: 3)
      settings.shardsOptimizer = shards
      let parallel = try DataParallel(settings, optimizer: policy, on: Ranks.world)
      for step in 1...4 {
        _ = try parallel.step(
          samples: 16, step: step, learningRate: 0.05, isSynchronized: isSynchronized,
          size: { (16 * ($0 + 1)) / parallel.microBatches - 16 * $0 / parallel.microBatches },
          load: { _, microBatch, executor in
            if let features = executor.input(TrainingGraph.InputName.features) {
              for (index, value) in features.bindMemory(to: Float.self).indices.enumerated() {
                let number = (value * 7 + microBatch * 13 + step * 5) % 31
                features.bindMemory(to: Float.self)[index] = Float(number) / 31 - 0.5
              }
            }
            executor.input(TrainingGraph.InputName.labels)?.bindMemory(to: Int32.self)
              .update(repeating: Int32((microBatch + step) % 3))
          })
      }
      let state = parallel.state
      let parameters = try state.map.entries.indices.map {
        try state.map.unpack($0, from: state.parameters.base)
      }
      let slots = try state.gatheredSlots().map { Array($0.buffer) }
      return (parameters, slots, state.slots[0].count, state.map.trainedCount)
    }

    private func expectSame(
      _ policy: UpdatePolicy, microBatches: Int?, choice: GradientSum.Choice
    ) throws {
      let plain = try train(policy, shards: false, microBatches: microBatches, choice: choice)
      let cut = try train(policy, shards: true, microBatches: microBatches, choice: choice)
      #expect(plain.parameters == cut.parameters)
      if Ranks.world.isRoot { #expect(plain.slots == cut.slots) }
      let held = try Ranks.world.allReduce(cut.own, .sum)
      #expect(held == cut.whole)
    }

    @Test(arguments: GradientSum.Choice.allCases, [nil, 8])
    func shardsGiveTheBitsOfTheWhole(choice: GradientSum.Choice, microBatches: Int?) throws {
      try expectSame(UpdatePolicy(Adam()), microBatches: microBatches, choice: choice)
    }

    @Test(arguments: [
      UpdatePolicy(LAMB()), UpdatePolicy(LARS()), UpdatePolicy(Adam(), clipNorm: 0.1),
      UpdatePolicy(AdamW(), decaysVectors: false, clipValue: 0.01, averaging: 0.9),
    ])
    func shardsGiveTheBitsOfTheWholeWithAnyPolicy(policy: UpdatePolicy) throws {
      try expectSame(policy, microBatches: 8, choice: .auto)
      try expectSame(policy, microBatches: nil, choice: .ring)
    }

    /// Of 36,000 parameters and more, which are worth it.
    private static let large = Model(
      inputShape: [2, 6, 6],
      layers: [Flatten(), Dense(units: 500, activation: .relu), Dense(units: 3)])

    @Test(arguments: [
      UpdatePolicy(Adam()), UpdatePolicy(SGD(momentum: 0.9), clipValue: 0.01, averaging: 0.9),
    ])
    func ranksOfANodeShareTheUpdateByThemselves(policy: UpdatePolicy) throws {
      for microBatches in [nil, 8] {
        let plain = try train(
          policy, shards: false, microBatches: microBatches, choice: .auto, model: Self.large)
        let cut = try train(
          policy, shards: nil, microBatches: microBatches, choice: .auto, model: Self.large)
        #expect(plain.parameters == cut.parameters)
        if Ranks.world.isRoot { #expect(plain.slots == cut.slots) }
        #expect(Ranks.world.size == 1 || cut.own < cut.whole)
      }
    }

    @Test func aStepThatLeavesTheOthersOutUpdatesAllParameters() throws {
      let (plain, cut) = try (
        train(
          UpdatePolicy(Adam()), shards: false, microBatches: nil, choice: .auto,
          model: Self.large, isSynchronized: false),
        train(
          UpdatePolicy(Adam()), shards: nil, microBatches: nil, choice: .auto, model: Self.large,
          isSynchronized: false)
      )
      #expect(plain.parameters == cut.parameters)
    }
  }
}
