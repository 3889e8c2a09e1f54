import Engine
import Graph
import Testing

/// Recurrent layers whose products take bfloat16 operands.
@Suite(.enabled(if: Arithmetic.bfloat16.isNative)) struct ShortRecurrenceTests {
  /// y and all gradients.
  private func run(
    _ sample: OpCase, _ arithmetic: Arithmetic, replacing parameters: [String: [Float]] = [:]
  ) throws -> [[Float]] {
    let built = try sample.built()
    let tensors = built.results + built.gradients.map(\.tensor)
    let run = try EngineRun(built, fetching: tensors, arithmetic: arithmetic)
    for (path, values) in parameters { try run.executor.setParameter(path, values) }
    for name in ["gates", "projection"] {
      guard !parameters.isEmpty, let bytes = run.executor.input(name)?.count else { continue }
      let count = bytes / MemoryLayout<Float>.stride
      try run.executor.setInput(name, ShortOperandTests.integers(count, UInt64(count)))
    }
    try run.executor.run()
    return try tensors.map { try run.values(of: $0) }
  }

  /// Each unit takes one other with it, or its opposite: states and gradients are integers of less than 8
  /// bits, and sums of them below 2^24.
  @Test(arguments: [(false, false), (true, false), (false, true), (true, true)], [1, 5])
  func stepsOfSmallIntegersGiveTheBitsOfFloat32(
    form: (isReversed: Bool, isMasked: Bool), steps: Int
  ) throws {
    let (samples, units) = (33, 35)
    let sample = OpCase.recurrence(
      .relu, samples: samples, steps: steps, units: units, isReversed: form.isReversed,
      isMasked: form.isMasked)
    var weights = [Float](repeating: 0, count: units * units)
    for unit in 0..<units {
      weights[unit * units + (unit + 3) % units] = unit.isMultiple(of: 4) ? -1 : 1
    }
    let values = [
      "weights": weights, "state": ShortOperandTests.integers(samples * units, 7),
    ]
    let short = try run(sample, .bfloat16, replacing: values)
    #expect(try short == run(sample, .float32, replacing: values))
    // States, and gradients of gates, weights and the first state.
    #expect(short.prefix(4).allSatisfy { $0.contains { $0 != 0 } })
  }

  static let cells: [OpCase] = [Recurrence.Cell.tanh, .lstm, .gru].flatMap { cell in
    [(false, false), (true, true)].map { isReversed, isMasked in
      OpCase.recurrence(
        cell, samples: 40, steps: 6, units: 48, isReversed: isReversed, isMasked: isMasked)
    }
  }

  /// What is off is the rounding of states, weights and gradients, 2^-9 of each.
  @Test(arguments: cells) func resultsAreOffByTheRoundingOfOperands(_ sample: OpCase) throws {
    let (short, whole) = (try run(sample, .bfloat16), try run(sample, .float32))
    for index in short.indices where whole[index].contains(where: { $0 != 0 }) {
      #expect(short[index] != whole[index])
      expectClose(short[index], whole[index], within: index == 0 ? 5e-3 : 2e-2, "\(index)")
    }
  }

  /// Batches or states below a tile of the matrix unit.
  @Test(arguments: [(31, 40), (40, 31)]) func smallStepsStayInFloat32(
    samples: Int, units: Int
  ) throws {
    let sample = OpCase.recurrence(.lstm, samples: samples, steps: 3, units: units)
    #expect(try run(sample, .bfloat16) == run(sample, .float32))
  }

  /// States are rounded once, for the steps and for the layer above; so are the gradients of gates.
  @Test func roundedStatesServeTheLayerAbove() throws {
    let sample = OpCase.recurrentNetwork(.lstm, samples: 32, steps: 3, features: 40, units: 64)
    let built = try sample.built()
    let gradients = built.gradients.filter { $0.leaf.role == .parameter }.map(\.tensor)
    let plan = try Plan(built.graph, results: gradients + [built.loss], arithmetic: .bfloat16)
    // x, two input weights, two state weights and the first state.
    #expect(plan.stepNames.filter { $0.op == "reorder" }.count == 6)
  }
}
