import Collectives
import Engine
import Layers
import MPI
import Optimizers
import Parallelism
import Testing

extension Ranks {
  /// Steps whose gradient overflows on one rank by the scale of the loss.
  @Suite struct LossScaleTests {
    struct Case: Sendable, CustomTestStringConvertible {
      var microBatches: Int?
      var compression = GradientCompression.none
      var shards = false
      var testDescription: String {
        "\(microBatches.map(String.init) ?? "auto") micro-batches, \(compression), shards \(shards)"
      }
    }

    static let exact = [
      Case(), Case(microBatches: 4), Case(shards: true), Case(microBatches: 8, shards: true),
    ]

    /// What a rank of a training has seen, and has at the end.
    struct Outcome: Equatable {
      var isFinite: [Bool] = []
      var parameters: [Float] = []
    }

    /// Trains with these scales of the loss, one a step; steps that overflow are left out.
    private func train(_ test: Case, scales: [Float]) throws -> Outcome {
      var settings = DataParallel.Settings(
        model: DescentTests.model, loss: .meanSquaredError, globalBatch: 8,
        microBatches: test.microBatches, bucketBytes: 256, seed: 3)
      (settings.compression, settings.shardsOptimizer) = (test.compression, test.shards)
      let parallel = try DataParallel(
        settings, optimizer: UpdatePolicy(Adam(), averaging: 0.9), on: Ranks.world)
      var outcome = Outcome()
      var updates = 0
      // The labels are zero.
      for (step, scale) in scales.enumerated() {
        let before = Array(parallel.state.parameters.buffer)
        parallel.rescaleRests(by: scale / parallel.lossScale)
        parallel.lossScale = scale
        let result = try parallel.step(
          samples: 8, step: step + 1, updates: updates, learningRate: 0.05,
          size: { 8 * ($0 + 1) / parallel.microBatches - 8 * $0 / parallel.microBatches },
          accepts: { _ in
            outcome.isFinite.append(try parallel.isGradientFinite())
            return outcome.isFinite.last == true
          },
          load: { _, microBatch, executor in
            // Only the last micro-batch, so one rank, has samples that are large enough.
            let isLarge = microBatch == parallel.microBatches - 1
            let features = try #require(executor.input(TrainingGraph.InputName.features))
            for (index, place) in features.bindMemory(to: Float.self).indices.enumerated() {
              let number = Float((index * 7 + microBatch * 13 + updates * 5) % 31) / 31 - 0.5
              features.bindMemory(to: Float.self)[place] = isLarge ? 1e3 * number : number
            }
          })
        if result.isTaken {
          updates += 1
        } else {
          #expect(Array(parallel.state.parameters.buffer) == before)
        }
      }
      outcome.parameters =
        Array(parallel.state.parameters.buffer)
        + (try parallel.state.assembledSlots().flatMap { Array($0.buffer) })
      return outcome
    }

    @Test(arguments: exact)
    func stepLeftOutIsAsIfItHadNeverBeen(test: Case) throws {
      let plain = try train(test, scales: [1, 1, 1])
      let scaled = try train(test, scales: [3e38, 1, 3e38, 3e38, 1024, 65536])
      #expect(scaled.isFinite == [false, true, false, false, true, true])
      #expect(scaled.parameters == plain.parameters)
    }

    /// A number that does not fit leaves a rest that is none.
    @Test(arguments: [
      GradientCompression.fp16, .topK(share: 0.5), .powerSGD(rank: 2), .randomK(share: 1),
    ])
    func whatIsLeftOverOfAStepLeftOutDoesNotComeBack(compression: GradientCompression) throws {
      let outcome = try train(
        Case(compression: compression), scales: [0x1p-10, 3e38, 0x1p-10, 0x1p-10, 0x1p-10])
      #expect(outcome.isFinite == [true, false, true, true, true])
      let areFinite = outcome.parameters.allSatisfy(\.isFinite)
      #expect(areFinite)
      var first = outcome.parameters
      try Ranks.world.broadcast(&first)
      #expect(outcome.parameters == first)
    }
  }
}
