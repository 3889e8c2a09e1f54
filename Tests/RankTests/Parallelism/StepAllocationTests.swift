import Allocations
import Engine
import Graph
import Layers
import Optimizers
import Parallelism
import Testing

extension Ranks {
  /// A step of data parallelism allocates nothing after the first ones.
  @Suite struct StepAllocation {
    /// Those of oneDNN, and of Open MPI with its transports.
    private static let libraries = [
      "libdnnl", "libgomp", "libmpi", "libopen-", "libevent", "libhwloc", "libpmix", "libuc",
      "mca_",
    ]

    @Test(arguments: [nil, 4], [GradientSum.Choice.ring, .native, .window])
    func stepAllocatesNothing(microBatches: Int?, algorithm: GradientSum.Choice) throws {
      let model = Model(
        inputShape: [1, 8, 8],
        layers: [
          Conv2D(filters: 16, kernel: 3, padding: .same, activation: .relu), MaxPool2D(),
          BatchNorm(), Flatten(), Dense(units: 10),
        ])
      let samples = 8 * world.size
      let training = try DataParallel(
        // A bucket for each parameter.
        .init(
          model: model, loss: .softmaxCrossEntropy, globalBatch: samples,
          microBatches: microBatches.map { $0 * world.size }, allReduce: algorithm,
          bucketBytes: 4),
        optimizer: UpdatePolicy(Adam()), on: world)
      let size = samples / training.microBatches
      func step(_ number: Int) throws {
        _ = try training.step(
          samples: samples, step: number, learningRate: 0.01, size: { _ in size }
        ) { _, microBatch, executor in
          executor.input(TrainingGraph.InputName.features)?
            .bindMemory(to: Float.self).update(repeating: Float(microBatch))
          executor.input(TrainingGraph.InputName.labels)?
            .bindMemory(to: Int32.self).update(repeating: Int32(number % 10))
        }
      }
      for number in 1...3 { try step(number) }
      for number in 4..<20 {
        let found = try Allocations.count(notThoseOf: Self.libraries) { try step(number) }
        #expect(found.others == [])
      }
    }

    private let world = Ranks.world
  }
}
