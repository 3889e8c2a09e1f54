import Engine
import Graph
import Testing

/// Plans whose products take bfloat16 operands.
@Suite(.enabled(if: Arithmetic.bfloat16.isNative)) struct ShortOperandTests {
  /// A dense layer with bias and rectifier, whose loss weights every unit of every sample.
  struct Network {
    let graph: TensorGraph
    let y: Tensor
    let results: [Tensor]
    let samples, columns, units: Int

    init(samples: Int, columns: Int, units: Int) throws {
      (self.samples, self.columns, self.units) = (samples, columns, units)
      graph = TensorGraph()
      let x = graph.input("x", TensorType([samples, columns]))
      let weights = graph.input("weights", TensorType([samples, units]))
      // Its gradient is the sum of the gradient of x.
      let shift = try graph.parameter("shift", [columns], .zeros)
      let kernel = try graph.parameter("kernel", [units, columns], .zeros)
      let bias = try graph.parameter("bias", [units], .zeros)
      y = try x.addingBias(shift, axis: 1).matmul(kernel, transposeB: true)
        .addingBias(bias, axis: 1)(.relu)
      let loss = try (y * weights).sum()
      let targets = [shift, kernel, bias]
      results = try graph.gradients(of: loss, withRespectTo: targets) + [loss]
    }

    /// The result and all gradients.
    func run(_ arithmetic: Arithmetic, values: (Int, UInt64) -> [Float]) throws -> [[Float]] {
      let plan = try Plan(graph, fetching: [y], results: results, arithmetic: arithmetic)
      let memory = FloatMemory(count: plan.parameters.count)
      let executor = try Executor(plan, parameters: memory.base)
      try executor.setInput("x", values(samples * columns, 0))
      try executor.setInput("weights", values(samples * units, 1))
      for (index, parameter) in graph.parameters.enumerated() {
        try executor.setParameter(parameter.path, values(parameter.shape.count, UInt64(index + 2)))
      }
      try executor.run()
      let gradients = try graph.parameters.indices.map {
        try plan.parameters.unpack($0, from: executor.resultBase)
      }
      return [Array(try #require(executor.value(of: y)))] + gradients
    }

    func kernels(_ arithmetic: Arithmetic) throws -> [String] {
      try Plan(graph, results: results, arithmetic: arithmetic).stepNames.map(\.kernel)
    }
  }

  /// Random words.
  static func words(_ count: Int, _ seed: UInt64) -> [UInt64] {
    (0..<count).map { index in
      let mixed = (UInt64(index + 1) &* 0x9e37_79b9_7f4a_7c15 &+ seed) &* 0xbf58_476d_1ce4_e5b9
      return mixed >> 40
    }
  }

  /// From -4 to 4: sums of their products stay below 2^24, where float32 has every integer.
  static func integers(_ count: Int, _ seed: UInt64) -> [Float] {
    words(count, seed).map { Float(Int($0 % 9) - 4) }
  }

  /// From -1/2 to 1/2, with 24 bits.
  static func fractions(_ count: Int, _ seed: UInt64) -> [Float] {
    words(count, seed).map { Float($0) / 0x1p24 - 0.5 }
  }

  /// To the nearest with 8 significant bits, ties to even.
  static func rounded(_ value: Float) -> Float {
    let bits = value.bitPattern
    return Float(bitPattern: (bits &+ 0x7fff &+ (bits >> 16 & 1)) & 0xffff_0000)
  }

  static let shapes = [(32, 32, 32), (64, 100, 33), (100, 784, 70)]

  @Test(arguments: shapes)
  func smallIntegersGiveTheBitsOfFloat32(samples: Int, columns: Int, units: Int) throws {
    let network = try Network(samples: samples, columns: columns, units: units)
    let short = try network.run(.bfloat16, values: Self.integers)
    #expect(try short == network.run(.float32, values: Self.integers))
    #expect(try network.kernels(.bfloat16) != network.kernels(.float32))
  }

  /// What is off is the rounding of operands, 2^-9 of each, of which sums of many are off by less.
  /// Gradients are not compared: a rectifier may see another sign.
  @Test(arguments: shapes)
  func resultsAreOffByTheRoundingOfOperands(samples: Int, columns: Int, units: Int) throws {
    let network = try Network(samples: samples, columns: columns, units: units)
    let short = try network.run(.bfloat16, values: Self.fractions)
    let whole = try network.run(.float32, values: Self.fractions)
    #expect(short[0] != whole[0])
    expectClose(short[0], whole[0], within: 1e-2, "y")
  }

  /// dW and dx are exact products of rounded dy, rounded x + shift and rounded W: without the rectifier's
  /// neighbourhood of zero in it, gradients are those of a float32 plan on rounded numbers.
  @Test func gradientsAreProductsOfRoundedOperands() throws {
    let network = try Network(samples: 64, columns: 96, units: 48)
    func positive(_ count: Int, _ seed: UInt64) -> [Float] {
      seed == 2
        ? [Float](repeating: 0, count: count)
        : Self.fractions(count, seed).map { Self.rounded($0 + 0.75) }
    }
    func unrounded(_ count: Int, _ seed: UInt64) -> [Float] {
      seed == 2
        ? [Float](repeating: 0, count: count)
        : Self.fractions(count, seed).map { $0 + 0.75 }
    }
    let short = try network.run(.bfloat16, values: unrounded)
    let whole = try network.run(.float32, values: positive)
    for index in [1, 2] { expectClose(short[index], whole[index], within: 1e-5, "\(index)") }
  }

  @Test(arguments: [(31, 64, 64), (64, 31, 64), (64, 64, 31), (16, 256, 64)])
  func smallProductsStayInFloat32(samples: Int, columns: Int, units: Int) throws {
    let network = try Network(samples: samples, columns: columns, units: units)
    #expect(try network.kernels(.bfloat16) == network.kernels(.float32))
  }

  @Test(arguments: [(false, false), (true, false), (false, true)])
  func batchesOfMatricesAreMultipliedInEachForm(transposeA: Bool, transposeB: Bool) throws {
    let graph = TensorGraph()
    let (m, n, k) = (40, 48, 56)
    let a = graph.input("a", TensorType(transposeA ? [3, k, m] : [3, m, k]))
    let b = graph.input("b", TensorType(transposeB ? [3, n, k] : [3, k, n]))
    let product = try a.matmul(b, transposeA: transposeA, transposeB: transposeB)
    func run(_ arithmetic: Arithmetic) throws -> [Float] {
      let executor = try Executor(
        try Plan(graph, fetching: [product], arithmetic: arithmetic))
      try executor.setInput("a", Self.integers(3 * m * k, 0))
      try executor.setInput("b", Self.integers(3 * k * n, 1))
      try executor.run()
      return Array(try #require(executor.value(of: product)))
    }
    #expect(try run(.bfloat16) == run(.float32))
  }
}
