import Graph

extension OpCase {
  /// One recurrent layer in one direction; a third of the steps do not count where `isMasked`.
  static func recurrence(
    _ cell: Recurrence.Cell, samples: Int, steps: Int, units: Int, isReversed: Bool = false,
    isMasked: Bool = false
  ) -> OpCase {
    let recurrence = Recurrence(cell, isReversed: isReversed, isMasked: isMasked)
    let width = cell.gates * units
    let limit = 1 / Float(units).squareRoot()
    return OpCase(
      "\(cell) \(steps)x\(samples)x\(units)\(isReversed ? " reversed" : "")\(isMasked ? " masked" : "")",
      [
        // The rectifier's kinks are not differentiable, and lie between few of these.
        .input("gates", [steps, samples, width], .uniform(-2, 2)),
        .parameter("weights", [width, units], .uniform(-limit, limit)),
        .parameter("state", [samples, units]), .parameter("cell", [samples, units]),
        .parameter("bias", [width]), .input("tokens", [steps, samples], .labels(3)),
      ]
    ) { x in
      let table = try Tensor.concatenated(
        [x[0].graph.constant(0, [1, 1]), x[0].graph.constant(1, [2, 1])], axis: 0)
      let mask = try table.rows(x[5]).reshaped(to: [steps, samples])
      return try x[0].recurrent(
        recurrence, weights: x[1], state: x[2], cell: cell == .lstm ? x[3] : nil,
        bias: cell == .gru ? x[4] : nil, mask: isMasked ? mask : nil)
    }
  }

  /// A layer over another of the opposite direction, each with the product of its input.
  static func recurrentNetwork(
    _ cell: Recurrence.Cell, samples: Int, steps: Int, features: Int, units: Int
  ) -> OpCase {
    let width = cell.gates * units
    // As layers start. With larger weights a last bit grows from step to step.
    let limit = 1 / Float(units).squareRoot()
    return OpCase(
      "network of \(cell), \(samples)x\(steps), \(features)-\(units)-\(units)-5",
      [
        .input("x", [steps * samples, features]), .parameter("0.input", [width, features]),
        .parameter("0.state", [width, units], .uniform(-limit, limit)),
        .parameter("0.bias", [width]), .parameter("1.input", [width, units]),
        .parameter("1.state", [width, units], .uniform(-limit, limit)),
        .parameter("1.bias", [width]), .parameter("2.weight", [5, units]),
      ]
    ) { x in
      let zeros = x[0].graph.constant(0, [samples, units])
      var y = x[0]
      for layer in 0..<2 {
        let (input, state, bias) = (x[3 * layer + 1], x[3 * layer + 2], x[3 * layer + 3])
        let gates = try y.matmul(input, transposeB: true).addingBias(bias, axis: 1)
          .reshaped(to: [steps, samples, width])
        y = try gates.recurrent(
          Recurrence(cell, isReversed: layer == 1), weights: state, state: zeros,
          cell: cell == .lstm ? zeros : nil, bias: cell == .gru ? bias : nil
        ).reshaped(to: [steps * samples, units])
      }
      let first = try y.sliced(axis: 0, 0..<samples)
      return try first.matmul(x[7], transposeB: true)
    }
  }

  private static let cells: [Recurrence.Cell] = [.tanh, .relu, .lstm, .gru]

  static let recurrences = list {
    for cell in cells {
      for isMasked in [false, true] {
        recurrence(cell, samples: 2, steps: 4, units: 3, isMasked: isMasked)
        recurrence(cell, samples: 3, steps: 3, units: 2, isReversed: true, isMasked: isMasked)
      }
      recurrence(cell, samples: 1, steps: 1, units: 1)
      // Steps that do not count for any sample.
      recurrence(cell, samples: 1, steps: 7, units: 3, isMasked: true)
      recurrentNetwork(cell, samples: 2, steps: 3, features: 2, units: 2)
    }
    OpCase(
      "gates and states used twice",
      [.input("gates", [3, 2, 4]), .parameter("weights", [4, 4]), .parameter("state", [2, 4])]
    ) { x in
      let once = try x[0].recurrent(Recurrence(.tanh), weights: x[1], state: x[2])
      let again = try x[0].recurrent(
        Recurrence(.tanh, isReversed: true), weights: x[1], state: x[2])
      return try once * again + x[0]
    }
  }

  static let largeRecurrences = list {
    for cell in cells {
      recurrence(cell, samples: 17, steps: 9, units: 33)
      recurrence(cell, samples: 5, steps: 12, units: 16, isReversed: true, isMasked: true)
      recurrence(cell, samples: 1, steps: 50, units: 8)
      recurrence(cell, samples: 1, steps: 50, units: 8, isReversed: true, isMasked: true)
      recurrentNetwork(cell, samples: 8, steps: 7, features: 28, units: 40)
    }
  }
}
