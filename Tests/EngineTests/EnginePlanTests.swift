import Engine
import Graph
import Testing

/// Plans that share parameters, results that share values, and what a plan refuses.
@Suite struct EnginePlanTests {
  private let graph = TensorGraph()

  private func floats(_ executor: Executor, _ result: Int, _ count: Int) -> [Float] {
    let place = executor.resultBase + executor.plan.results[result].offset
    return Array(UnsafeBufferPointer(start: place, count: count))
  }

  /// A convolution of 16 channels, whose results are in blocked layouts.
  private func convolution() throws -> (x: Tensor, y: Tensor) {
    let x = graph.input("x", TensorType([1, 16, 4, 4]))
    let w = try graph.parameter("w", [16, 16, 3, 3], .zeros)
    return (x, try x.convolved(with: w, Window([3, 3], on: [4, 4], padding: .same)))
  }

  private static let ramp = (0..<256).map { Float($0 % 13) - 6 }
  private static let filter = (0..<2304).map { Float($0 % 7 - 3) / 8 }

  // MARK: - Results

  @Test func oneValueCanFillSeveralResults() throws {
    let (_, y) = try convolution()
    let w = graph.tensor(graph.parameters[0].value)
    let sum = try y.sum()
    let plan = try Plan(graph, fetching: [y, sum], results: [w, y, sum, y, sum])
    let executor = try Executor(plan)
    try executor.setInput("x", Self.ramp)
    try executor.setParameter("w", Self.filter)
    try executor.run()
    let wanted = Array(try #require(executor.value(of: y)))
    #expect(wanted.contains { $0 != 0 })
    #expect(floats(executor, 1, 256) == wanted)
    #expect(floats(executor, 3, 256) == wanted)
    #expect(floats(executor, 2, 1) == floats(executor, 4, 1))
    #expect(try plan.parameters.unpack(0, from: executor.resultBase) == Self.filter)
  }

  /// A result and views of it, rectified afterwards: the views must not be overwritten.
  @Test func resultsCanBeViewsOfEachOther() throws {
    let (x, y) = try convolution()
    let w = graph.tensor(graph.parameters[0].value)
    let flat = try y.reshaped(to: [256])
    let turned = try y.transposed([0, 2, 3, 1])
    let rectified = try flat(.relu)
    let plan = try Plan(graph, results: [w, y, flat, turned, rectified, x])
    let executor = try Executor(plan)
    try executor.setInput("x", Self.ramp)
    try executor.setParameter("w", Self.filter)
    try executor.run()
    let wanted = try ReferenceBackend().run(
      graph, inputs: ["x": .float32(Self.ramp)], parameters: ["w": Self.filter],
      fetching: [y, flat, turned, rectified, x])
    for (index, values) in wanted.enumerated() {
      expectClose(
        floats(executor, index + 1, 256), values.floats, within: Tolerance.value,
        "result \(index + 1)")
    }
  }

  /// Two backward passes through one pooling; only one of them goes on through the rectifier.
  @Test func twoLossesMayShareAPooling() throws {
    let (x, y) = try convolution()
    let h = try y(.relu)
    let window = Window([2, 2], on: [4, 4], stride: 2)
    let pooled = try h.pooled(.maximum, window)
    let first = try pooled.sum()
    let second = try (pooled * pooled + pooled).sum()
    let dx = try graph.gradients(of: first, withRespectTo: [x])[0]
    let dh = try graph.gradients(of: second, withRespectTo: [h])[0]
    let both = try graph.gradients(of: second, withRespectTo: [x, h])
    // So that whole windows of the rectifier are 0.
    let filter = Self.filter.map { $0 - 0.03 }
    let values = Self.ramp.map { $0 + 6 }
    for fetched in [[dx, dh], [dx] + both, [dx, dh] + both, [dh]] {
      let executor = try Executor(Plan(graph, fetching: fetched))
      try executor.setInput("x", values)
      try executor.setParameter("w", filter)
      try executor.run()
      let wanted = try ReferenceBackend().run(
        graph, inputs: ["x": .float32(values)], parameters: ["w": filter], fetching: fetched)
      for (tensor, wanted) in zip(fetched, wanted) {
        if tensor.value == dh.value { #expect(wanted.floats.contains(1)) }
        expectClose(
          Array(try #require(executor.value(of: tensor))), wanted.floats,
          within: Tolerance.gradient, "gradient \(tensor.value)")
      }
    }
  }

  // MARK: - Shared parameters

  /// A part of a model finds its parameters by their paths.
  @Test func partOfAModelUsesTheMapOfTheWhole() throws {
    let a = try graph.parameter("a", [2], .zeros)
    let b = try graph.parameter("b", [3], .zeros)
    let whole = try Plan(graph, fetching: [try a.sum() + b.sum()])
    let flat = FloatMemory(count: whole.parameters.count)
    try whole.parameters.pack([1, 2], 0, into: flat.base)
    try whole.parameters.pack([3, 4, 5], 1, into: flat.base)

    let part = TensorGraph()
    let onlyB = try part.parameter("b", [3], .zeros)
    let y = try onlyB.scaled(by: 10)
    let plan = try Plan(part, fetching: [y], parameters: whole.parameters)
    let executor = try Executor(plan, parameters: flat.base)
    try executor.run()
    #expect(executor.value(of: y).map(Array.init) == [30, 40, 50])
  }

  @Test func mapWithoutAParameterIsRefused() throws {
    let whole = try Plan(graph, fetching: [try graph.parameter("a", [2], .zeros).sum()])
    let other = TensorGraph()
    let y = try other.parameter("b", [2], .zeros).sum()
    let error = #expect(throws: EngineError.self) {
      try Plan(other, fetching: [y], parameters: whole.parameters)
    }
    #expect(error?.reason.contains("b") == true)
  }

  @Test func mapWithAnotherShapeIsRefused() throws {
    let whole = try Plan(graph, fetching: [try graph.parameter("a", [2], .zeros).sum()])
    let other = TensorGraph()
    let y = try other.parameter("a", [3], .zeros).sum()
    #expect(throws: EngineError.self) {
      try Plan(other, fetching: [y], parameters: whole.parameters)
    }
  }

  // MARK: - Refusals

  @Test func resultOfAnotherShapeThanItsParameterIsRefused() throws {
    let w = try graph.parameter("w", [4], .zeros)
    let error = #expect(throws: EngineError.self) { try Plan(graph, results: [try w.sum()]) }
    #expect(error?.description.contains("w is 4, its result scalar") == true, "\(error as Any)")
  }

  @Test func tensorsOfAnotherGraphAreRefused() throws {
    let x = TensorGraph().input("x", TensorType([2]))
    _ = graph.input("y", TensorType([3]))
    #expect(throws: EngineError.self) { try Plan(graph, fetching: [x]) }
    #expect(throws: EngineError.self) { try Plan(graph, results: [x]) }
  }

  @Test func integersCannotBeFetched() throws {
    let keys = graph.input("keys", TensorType([2, 2], .int32))
    #expect(throws: EngineError.self) { try Plan(graph, fetching: [keys]) }
    #expect(throws: EngineError.self) { try Plan(graph, results: [keys]) }
  }

  @Test func moreAxesThanOneDNNHasAreRefused() throws {
    let x = graph.input("x", TensorType([1]))
    let y = try x.broadcast(to: Shape([Int](repeating: 2, count: 13)))
    let error = #expect(throws: EngineError.self) { try Plan(graph, fetching: [y]) }
    #expect(error?.reason.contains("at most 12 axes") == true)
  }

  @Test func errorsNameTheLayer() throws {
    let x = graph.input("x", TensorType([1]))
    let y = try graph.withScope("layers.7") {
      try x.broadcast(to: Shape([Int](repeating: 1, count: 13)))
    }
    let error = #expect(throws: EngineError.self) { try Plan(graph, fetching: [y]) }
    #expect(error?.description.hasPrefix("layers.7: broadcast: ") == true, "\(error as Any)")
  }

  // MARK: - Numbers at the edge

  @Test func rectifierKeepsNaNAndEndsInfinity() throws {
    let x = graph.input("x", TensorType([4]))
    let y = try x(.relu)
    let executor = try Executor(Plan(graph, fetching: [y]))
    try executor.setInput("x", [-.infinity, .infinity, .nan, -1] as [Float])
    try executor.run()
    let found = Array(try #require(executor.value(of: y)))
    #expect(found[0] == 0)
    #expect(found[1] == .infinity)
    #expect(found[2].isNaN)
    #expect(found[3] == 0)
  }
}
