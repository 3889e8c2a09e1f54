import Engine
import Graph
import Testing

/// What a plan hands out: results in the flat array, fetched values, parameters.
@Suite struct EngineResultTests {
  /// Gradients that are leaves, that are shared, or that nobody computes.
  @Test func gradientsOfEveryKindReachTheirPlaces() throws {
    let graph = TensorGraph()
    let x = graph.input("x", TensorType([3]))
    let weight = try graph.parameter("weight", [3], .zeros)
    let first = try graph.parameter("first", [], .zeros)
    let second = try graph.parameter("second", [], .zeros)
    _ = try graph.parameter("unused", [2, 3], .zeros)
    let loss = try (weight * x).sum() + first + second
    let targets = graph.parameters.map { graph.tensor($0.value) }
    let gradients = try graph.gradients(of: loss, withRespectTo: targets)
    let executor = try Executor(Plan(graph, results: gradients + [loss]))
    try executor.setInput("x", [1, -2, 3] as [Float])
    try executor.setParameter("weight", [2, 2, 2])
    try executor.setParameter("first", [10])
    try executor.setParameter("second", [20])
    try executor.run()
    let found = try graph.parameters.indices.map {
      try executor.plan.parameters.unpack($0, from: executor.resultBase)
    }
    #expect(found == [[1, -2, 3], [1], [1], [0, 0, 0, 0, 0, 0]])
    #expect(executor.resultBase[executor.plan.results[4].offset] == 34)
  }

  @Test func leavesCanBeFetched() throws {
    let graph = TensorGraph()
    let x = graph.input("x", TensorType([2]))
    let weight = try graph.parameter("weight", [2, 2], .zeros)
    let seven = graph.constant(7, [3])
    let executor = try Executor(Plan(graph, fetching: [x, weight, seven]))
    try executor.setInput("x", [1, 2] as [Float])
    try executor.setParameter("weight", [3, 4, 5, 6])
    try executor.run()
    #expect(executor.value(of: x).map(Array.init) == [1, 2])
    #expect(executor.value(of: weight).map(Array.init) == [3, 4, 5, 6])
    #expect(executor.value(of: seven).map(Array.init) == [7, 7, 7])
  }

  @Test func valueThatIsNotFetchedIsNil() throws {
    let graph = TensorGraph()
    let x = graph.input("x", TensorType([2]))
    let y = try x(.exponential)
    let executor = try Executor(Plan(graph, fetching: [y]))
    #expect(executor.value(of: try y(.square)) == nil)
  }

  @Test func placesAreAlignedAndDoNotOverlap() throws {
    let run = try Self.trainingRun()
    let plan = run.executor.plan
    var end = 0
    for result in plan.results.sorted(by: { $0.offset < $1.offset }) {
      #expect(result.offset % 16 == 0)
      #expect(result.offset >= end)
      end = result.offset + result.storedCount
    }
    #expect(plan.resultCount >= end)
  }

  @Test func parametersComeBackAsTheyWereSet() throws {
    let run = try Self.trainingRun()
    let flat = FloatMemory(count: run.executor.plan.parameters.count)
    let map = run.executor.plan.parameters
    for (path, values) in run.built.parameters {
      let index = try #require(map.index(of: path))
      try map.pack(values, index, into: flat.base)
      #expect(try map.unpack(index, from: flat.base) == values)
    }
  }

  /// What lets all-reduces start while the backward pass goes on.
  @Test func resultIsFinalAfterItsStep() throws {
    let run = try Self.trainingRun()
    let (executor, plan) = (run.executor, run.executor.plan)
    try executor.run()
    let end = Array(UnsafeBufferPointer(start: executor.resultBase, count: plan.resultCount))
    for result in plan.results {
      let part = FloatMemory(count: plan.resultCount)
      try executor.bindResults(part.base)
      try executor.run(steps: 0..<(result.readyAfterStep + 1))
      let place = result.offset..<(result.offset + result.storedCount)
      #expect(Array(part.buffer[place]) == Array(end[place]))
    }
  }

  @Test func resultsFollowTheArrayTheyAreBoundTo() throws {
    let run = try Self.trainingRun()
    try run.executor.run()
    let plan = run.executor.plan
    let first = Array(
      UnsafeBufferPointer(start: run.executor.resultBase, count: plan.resultCount))
    let other = FloatMemory(count: plan.resultCount)
    try run.executor.bindResults(other.base)
    try run.executor.run()
    #expect(Array(other.buffer) == first)
  }

  @Test func equalGraphsGiveEqualBits() throws {
    let runs = try [Self.trainingRun(), Self.trainingRun()]
    for run in runs { try run.executor.run() }
    let results = runs.map { run in
      Array(
        UnsafeBufferPointer(start: run.executor.resultBase, count: run.executor.plan.resultCount)
      ).map(\.bitPattern)
    }
    #expect(results[0] == results[1])
  }

  /// Evaluation shares the parameters of training, in training's layouts.
  @Test func secondPlanKeepsTheLayoutsOfTheFirst() throws {
    let training = try Self.trainingRun()
    let map = training.executor.plan.parameters
    let flat = FloatMemory(count: map.count)
    let built = try Self.network.built()
    let plan = try Plan(built.graph, fetching: [built.results[1]], parameters: map)
    let executor = try Executor(plan, parameters: flat.base)
    for (path, values) in built.parameters {
      let index = try #require(map.index(of: path))
      try map.pack(values, index, into: flat.base)
    }
    try executor.setInput("x", try #require(built.inputs["x"]).floats)
    try executor.run()
    let wanted = try training.reference(of: [training.built.results[1]])[0]
    expectClose(
      Array(try #require(executor.value(of: built.results[1]))), wanted, within: Tolerance.value,
      "scores")
  }

  // MARK: - Refusals

  @Test func wrongFeedsAreRefusedByName() throws {
    let executor = try Self.trainingRun().executor
    #expect(throws: EngineError.self) { try executor.setInput("x", [1, 2] as [Float]) }
    #expect(throws: EngineError.self) { try executor.setInput("labels", [1, 2] as [Float]) }
    #expect(throws: EngineError.self) { try executor.setInput("nothing", [1] as [Float]) }
    #expect(throws: EngineError.self) { try executor.setParameter("dense.bias", [1]) }
    let error = #expect(throws: EngineError.self) { try executor.setParameter("dense.bia", [1]) }
    #expect(error?.description.contains("dense.bia") == true)
  }

  @Test func fewerResultsThanParametersAreRefused() throws {
    let built = try Self.network.built()
    #expect(throws: EngineError.self) { try Plan(built.graph, results: [built.loss]) }
  }

  private static let network = OpCase.classifier(batch: 3, channels: 3, extent: 8, filters: 17)

  private static func trainingRun() throws -> EngineRun {
    let built = try network.built()
    let gradients = built.gradients.filter { $0.leaf.role == .parameter }.map(\.tensor)
    return try EngineRun(built, fetching: [], results: gradients + [built.loss])
  }
}
