import Engine
import Glibc
import Graph
import Testing

/// tanh and the sigmoid of the recurrent kernels, alone: one step whose products are with zeros.
@Suite struct SquashingTests {
  /// Both signs of some floats of each exponent that matters, and what is at the ends.
  private static let arguments: [Float] = {
    var found: [Float] = [0, 20, 87, 88, 1e30, .infinity]
    for exponent in -30...6 {
      for part in 0..<40 {
        found.append(Float(sign: .plus, exponent: exponent, significand: 1 + Float(part) / 40.3))
      }
    }
    return found + found.map { -$0 }
  }()

  /// The state after one step from `state`, `cell`, given the gates T x N x G·H of one unit.
  private func step(
    _ cell: Recurrence.Cell, gates: [Float], samples: Int, cellState: Float = 0
  ) throws -> [Float] {
    let graph = TensorGraph()
    let x = graph.input("gates", TensorType([1, samples, cell.gates]))
    let zeros = graph.constant(0, [samples, 1])
    let y = try x.recurrent(
      Recurrence(cell), weights: graph.constant(0, [cell.gates, 1]), state: zeros,
      cell: cell == .lstm ? graph.constant(cellState, [samples, 1]) : nil)
    let executor = try Executor(try Plan(graph, fetching: [y]))
    try executor.setInput("gates", gates)
    try executor.run()
    return Array(try #require(executor.value(of: y)))
  }

  @Test func tanhIsRightToThreeUnitsInTheLastPlace() throws {
    let found = try step(.tanh, gates: Self.arguments, samples: Self.arguments.count)
    #expect(found.count == Self.arguments.count)
    for (x, y) in zip(Self.arguments, found) {
      let wanted = tanh(Double(x))
      #expect(abs(Double(y) - wanted) <= 3 * Double(Float(wanted).ulp), "\(x): \(y)")
    }
  }

  /// h = o tanh(c) with c = f · 0.5 and i g = 0: f is the argument's sigmoid, o is 1.
  @Test func sigmoidIsRightToRounding() throws {
    let gates = Self.arguments.flatMap { [0, $0, 0, 100] as [Float] }
    let found = try step(.lstm, gates: gates, samples: Self.arguments.count, cellState: 0.5)
    #expect(found.count == Self.arguments.count)
    for (x, y) in zip(Self.arguments, found) {
      let wanted = tanh(0.5 / (1 + exp(-Double(x))))
      // Below -87 the sigmoid stays what it is there.
      let slack = max(8 * Double(Float(wanted).ulp), 1e-37)
      #expect(abs(Double(y) - wanted) <= slack, "\(x): \(y)")
    }
  }

  @Test func notANumberStaysSo() throws {
    let gates: [Float] = [.nan, 0]
    let found = try step(.tanh, gates: gates, samples: 2)
    #expect(found[0].isNaN)
    #expect(found[1] == 0)
  }
}
