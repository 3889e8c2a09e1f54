import Dispatch
import Engine
import Graph
import Synchronization
import Testing

/// Executors of one plan on several threads.
@Suite struct EngineThreadTests {
  @Test(arguments: [
    OpCase.classifier(batch: 4, channels: 3, extent: 12, filters: 16),
    OpCase.residualNetwork(batch: 4, channels: 17, extent: 6),
    OpCase.perceptron(.gelu, batch: 10, 10, 100, 10),
    OpCase.dropoutNetwork(batch: 5, 33, 64),
  ])
  func sideBySideGivesTheBitsOfAlone(_ sample: OpCase) throws {
    KernelThreads.useOne()
    let built = try sample.built()
    let gradients = built.gradients.filter { $0.leaf.role == .parameter }.map(\.tensor)
    let plan = try Plan(built.graph, results: gradients + [built.loss])
    let feeds = (built.inputs, built.parameters)
    let alone = try Self.run(plan, feeds, times: 1)
    let found = Mutex<[[UInt32]]>([])
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      KernelThreads.useOne()
      let bits = (try? Self.run(plan, feeds, times: 50)) ?? []
      found.withLock { $0.append(bits) }
    }
    #expect(found.withLock { $0 } == [[UInt32]](repeating: alone, count: 4))
  }

  /// The bits of the results after the last of some runs.
  private static func run(
    _ plan: Plan, _ feeds: (inputs: [String: HostArray], parameters: [String: [Float]]), times: Int
  ) throws -> [UInt32] {
    let executor = try Executor(plan)
    for (name, values) in feeds.inputs where executor.input(name) != nil {
      switch values {
      case .float32(let values): try executor.setInput(name, values)
      case .int32(let values): try executor.setInput(name, values)
      }
    }
    for (path, values) in feeds.parameters { try executor.setParameter(path, values) }
    for _ in 0..<times { try executor.run() }
    return UnsafeBufferPointer(start: executor.resultBase, count: plan.resultCount).map(
      \.bitPattern)
  }
}
