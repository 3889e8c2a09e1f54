import Allocations
import Engine
import Graph
import Testing

/// A training step allocates nothing once the executor is made.
///
/// oneDNN itself allocates in `dnnl_primitive_execute` (a map of the arguments, with `operator new`);
/// that is the library's, and not counted.
@Suite struct AllocationTests {
  static let networks = [
    OpCase.classifier(batch: 4, channels: 3, extent: 12, filters: 16),
    OpCase.classifier(batch: 3, channels: 3, extent: 9, filters: 17, .average, .gelu),
    OpCase.residualNetwork(batch: 4, channels: 16, extent: 6),
    OpCase.perceptron(.relu, batch: 10, 10, 100, 10),
    OpCase.dropoutNetwork(batch: 5, 33, 64),
    OpCase.attentionNetwork(batch: 2, steps: 130, width: 12, heads: 2),
    OpCase.branches(batch: 2, channels: 17, extent: 7),
    OpCase.recurrentNetwork(.tanh, samples: 3, steps: 5, features: 7, units: 16),
    OpCase.recurrentNetwork(.lstm, samples: 3, steps: 5, features: 7, units: 16),
    OpCase.recurrentNetwork(.gru, samples: 3, steps: 5, features: 7, units: 16),
    OpCase.recurrence(.lstm, samples: 3, steps: 5, units: 16, isMasked: true),
  ]

  private static let libraries = ["libdnnl", "libgomp"]

  @Test(arguments: networks) func runsAllocateNothing(_ sample: OpCase) throws {
    let executor = try Self.trainingRun(sample).executor
    KernelThreads.useOne()
    for _ in 0..<3 { try executor.run() }
    for _ in 0..<100 {
      let found = try Allocations.count(notThoseOf: Self.libraries) { try executor.run() }
      #expect(found.others == [])
    }
  }

  @Test(arguments: networks) func bindingResultsAllocatesNothing(_ sample: OpCase) throws {
    let executor = try Self.trainingRun(sample).executor
    let places = (0..<2).map { _ in FloatMemory(count: executor.plan.resultCount) }
    for index in 0..<100 {
      let base = places[index % 2].base
      let found = try Allocations.count(notThoseOf: []) { try executor.bindResults(base) }
      #expect(found.others == [])
    }
  }

  /// The counter sees what it should.
  @Test func arrayIsCounted() {
    var kept: [Int] = []
    let found = Allocations.count(notThoseOf: Self.libraries) {
      kept = [Int](unsafeUninitializedCapacity: 1000) { $1 = $0.count }
    }
    #expect(found.others.count == 1)
    #expect(kept.count >= 1000)
  }

  @Test func librariesAreCountedApart() throws {
    let executor = try Self.trainingRun(Self.networks[0]).executor
    try executor.run()
    let found = try Allocations.count(notThoseOf: Self.libraries) { try executor.run() }
    let all = try Allocations.count(notThoseOf: []) { try executor.run() }
    #expect(all.others.count == found.byLibraries)
  }

  private static func trainingRun(_ sample: OpCase) throws -> EngineRun {
    let built = try sample.built()
    let gradients = built.gradients.filter { $0.leaf.role == .parameter }.map(\.tensor)
    return try EngineRun(built, fetching: [], results: gradients + [built.loss])
  }
}
