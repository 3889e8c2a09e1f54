import Engine
import Graph
import Testing

/// Dense layers of a few samples, and plans that step along their gradients themselves.
@Suite struct ThinProductTests {
  static let rate: Float = 0.05
  static let decay: Float = 0.01

  /// Two dense layers after a bias, whose gradient needs the input gradients of both.
  struct Network {
    let graph: TensorGraph
    let results: [Tensor]
    let samples, columns, units: Int

    init(samples: Int, columns: Int, units: Int) throws {
      (self.samples, self.columns, self.units) = (samples, columns, units)
      let graph = TensorGraph()
      self.graph = graph
      let x = graph.input("x", TensorType([samples, columns]))
      let shift = try graph.parameter("shift", [columns], .zeros)
      let first = try graph.parameter("first", [units, columns], .zeros)
      let second = try graph.parameter("second", [3, units], .zeros)
      let bias = try graph.parameter("bias", [3], .zeros)
      let hidden = try x.addingBias(shift, axis: 1).matmul(first, transposeB: true)(.relu)
      let y = try hidden.matmul(second, transposeB: true).addingBias(bias, axis: 1)
      let loss = try (y * y).sum()
      let targets = graph.parameters.map { graph.tensor($0.value) }
      results = try graph.gradients(of: loss, withRespectTo: targets) + [loss]
    }

    /// Runs a plan of this network from the same parameters and samples.
    func run(descends: Bool, results: [Tensor]? = nil) throws -> Run {
      let plan = try Plan(graph, results: results ?? self.results, descends: descends)
      let memory = FloatMemory(count: plan.parameters.count)
      let executor = try Executor(plan, parameters: memory.base)
      try executor.setInput("x", Self.values(samples * columns, 0))
      for (index, parameter) in graph.parameters.enumerated() {
        try executor.setParameter(
          parameter.path, Self.values(parameter.shape.count, UInt64(index + 1)))
      }
      executor.setDescent(rate: ThinProductTests.rate, decay: ThinProductTests.decay)
      try executor.run()
      return Run(executor: executor, parameters: memory)
    }

    /// What is there after a run.
    struct Run {
      let executor: Executor
      let parameters: FloatMemory

      var plan: Plan { executor.plan }
      func gradient(_ index: Int) throws -> [Float] {
        try plan.parameters.unpack(index, from: executor.resultBase)
      }
      func parameter(_ index: Int) throws -> [Float] {
        try plan.parameters.unpack(index, from: parameters.base)
      }
    }

    static func values(_ count: Int, _ seed: UInt64) -> [Float] {
      (0..<count).map { index in
        let mixed = (UInt64(index + 1) &* 0x9e37_79b9_7f4a_7c15 &+ seed) &* 0xbf58_476d_1ce4_e5b9
        return Float(mixed >> 40) / 0x1p24 - 0.5
      }
    }
  }

  /// Samples in one or several groups of five, columns in whole tiles and beyond, several rows of tiles.
  static let shapes = [
    (1, 16, 1), (5, 32, 4), (7, 37, 33), (10, 200, 70), (16, 95, 32), (33, 1030, 128),
  ]

  @Test(arguments: shapes)
  func stepOfThePlanHasTheBitsOfOneByTheGradient(samples: Int, columns: Int, units: Int) throws {
    let network = try Network(samples: samples, columns: columns, units: units)
    let (stepped, plain) = (try network.run(descends: true), try network.run(descends: false))
    // More than 16 samples are few beside large weights only.
    let descended = samples > 16 ? ["first"] : ["first", "second"]
    #expect(stepped.plan.descended.count == descended.count)
    #expect(plain.plan.descended.isEmpty)
    for (index, path) in network.graph.parameters.map(\.path).enumerated() {
      let (before, gradient) = (try plain.parameter(index), try plain.gradient(index))
      let after = try stepped.parameter(index)
      if descended.contains(path) {
        // Not contracted, as the update is not.
        let wanted = zip(before, gradient).map { p, g in
          let decayed = Self.decay * p
          let step = Self.rate * (g + decayed)
          return p - step
        }
        #expect(after == wanted, "\(path)")
        #expect(after != before)
      } else {
        #expect(after == before, "\(path)")
        #expect(try stepped.gradient(index) == gradient, "\(path)")
      }
    }
  }

  @Test(arguments: shapes)
  func gradientsAreThoseOfTheReference(samples: Int, columns: Int, units: Int) throws {
    let network = try Network(samples: samples, columns: columns, units: units)
    let plain = try network.run(descends: false)
    var parameters: [String: [Float]] = [:]
    for (index, parameter) in network.graph.parameters.enumerated() {
      parameters[parameter.path] = Network.values(parameter.shape.count, UInt64(index + 1))
    }
    let wanted = try ReferenceBackend().run(
      network.graph, inputs: ["x": .float32(Network.values(samples * columns, 0))],
      parameters: parameters, fetching: network.results)
    for index in network.graph.parameters.indices {
      expectClose(
        try plain.gradient(index), wanted[index].floats,
        within: Tolerance.gradient, network.graph.parameters[index].path)
    }
  }

  /// Ten samples of many columns go through the cache in blocks of them, one sample does not.
  @Test(arguments: [1025, 1600]) func blocksOfColumnsHaveTheBitsOfSingleSamples(columns: Int) throws
  {
    let (samples, units) = (10, 37)
    let x = Network.values(samples * columns, 0)
    func product(_ values: [Float], samples: Int) throws -> [Float] {
      let graph = TensorGraph()
      let input = graph.input("x", TensorType([samples, columns]))
      let weights = try graph.parameter("weights", [units, columns], .zeros)
      let y = try input.matmul(weights, transposeB: true)
      let executor = try Executor(try Plan(graph, fetching: [y], results: []))
      try executor.setInput("x", values)
      try executor.setParameter("weights", Network.values(units * columns, 1))
      try executor.run()
      return Array(try #require(executor.value(of: y)))
    }
    let single = try (0..<samples).flatMap {
      try product(Array(x[$0 * columns..<($0 + 1) * columns]), samples: 1)
    }
    #expect(try product(x, samples: samples) == single)
  }

  @Test func manySamplesHaveTheirGradientsInMemory() throws {
    for (samples, columns) in [(17, 40), (65, 600)] {
      let network = try Network(samples: samples, columns: columns, units: 260)
      #expect(try network.run(descends: true).plan.descended.isEmpty)
    }
  }

  @Test func gradientThatSomebodyElseReadsIsKept() throws {
    let network = try Network(samples: 4, columns: 40, units: 8)
    let norm = try (network.results[1] * network.results[1]).sum()
    let plan = try network.run(descends: true, results: network.results + [norm]).plan
    #expect(plan.descended.count == 1)
  }

  /// Weights of two layers: the second one's step would change what the first one's gradient needs.
  @Test func sharedWeightsAreNotChangedOnTheWay() throws {
    let graph = TensorGraph()
    let x = graph.input("x", TensorType([4, 32]))
    let weights = try graph.parameter("weights", [32, 32], .zeros)
    let once = try x.matmul(weights, transposeB: true)(.relu)
    let loss = try once.matmul(weights, transposeB: true).sum()
    let gradients = try graph.gradients(of: loss, withRespectTo: [graph.tensor(weights.value)])
    #expect(try Plan(graph, results: gradients + [loss], descends: true).descended.isEmpty)
  }
}
