import Glibc
import Graph

// Recurrent layers, sample by sample and step by step, as their formulas stand in `Recurrence.Cell`.

extension ReferenceBackend {
  /// Where the steps of one sample lie.
  struct RecurrentSample {
    let number, samples, units, gates: Int
    let order: [Int]
    let skips: [Bool]

    init(_ number: Int, _ y: Shape, _ recurrence: Recurrence, _ mask: [Double]) {
      self.number = number
      (samples, units) = (y[1], y[2])
      gates = recurrence.cell.gates
      order = recurrence.isReversed ? (0..<y[0]).reversed() : Array(0..<y[0])
      skips = (0..<y[0]).map { recurrence.isMasked && mask[$0 * y[1] + number] == 0 }
    }

    /// The sample's row of `width` floats of a step.
    func row(_ step: Int, _ width: Int) -> Range<Int> {
      let start = (step * samples + number) * width
      return start..<start + width
    }

    /// Row `number` of N x units.
    var state: Range<Int> { number * units..<(number + 1) * units }
  }

  private static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  /// W h.
  private static func product(_ weights: ReferenceTensor, _ h: [Double]) -> [Double] {
    (0..<weights.shape[0]).map { row in
      h.indices.reduce(0) { $0 + weights.values[row * h.count + $1] * h[$1] }
    }
  }

  /// y, gates, and cell states or inner products; `second` is the first cell state or the bias.
  static func recurrence(
    _ x: ReferenceTensor, _ weights: ReferenceTensor, state: ReferenceTensor,
    second: ReferenceTensor?, mask: [Double], _ recurrence: Recurrence
  ) -> [ReferenceTensor] {
    let (samples, units) = (x.shape[1], weights.shape[1])
    var y = ReferenceTensor(zeros: [x.shape[0], samples, units])
    var (gates, kept) = (x, y)
    for sample in 0..<samples {
      let at = RecurrentSample(sample, y.shape, recurrence, mask)
      var h = Array(state.values[at.state])
      var c = recurrence.cell == .lstm ? Array((second ?? state).values[at.state]) : []
      for step in at.order {
        let (wide, narrow) = (at.row(step, at.gates * units), at.row(step, units))
        if !at.skips[step] {
          var a = Array(x.values[wide])
          let inner = product(weights, h)
          switch recurrence.cell {
          case .tanh: h = zip(a, inner).map { tanh($0 + $1) }
          case .relu: h = zip(a, inner).map { max($0 + $1, 0) }
          case .lstm:
            for i in 0..<4 * units {
              a[i] += inner[i]
              a[i] = i / units == 2 ? tanh(a[i]) : sigmoid(a[i])
            }
            c = (0..<units).map { a[units + $0] * c[$0] + a[$0] * a[2 * units + $0] }
            h = (0..<units).map { a[3 * units + $0] * tanh(c[$0]) }
          case .gru:
            let bias = (second ?? weights).values
            let full = inner.indices.map { inner[$0] + bias[$0] }
            for i in 0..<2 * units { a[i] = sigmoid(a[i] + full[i]) }
            for i in 0..<units {
              a[2 * units + i] = tanh(a[2 * units + i] + a[i] * full[2 * units + i])
              let z = a[units + i]
              h[i] = (1 - z) * a[2 * units + i] + z * h[i]
            }
            kept.values.replaceSubrange(narrow, with: full[(2 * units)...])
          }
          gates.values.replaceSubrange(wide, with: a)
        }
        if recurrence.cell == .lstm { kept.values.replaceSubrange(narrow, with: c) }
        y.values.replaceSubrange(narrow, with: h)
      }
    }
    return recurrence.cell.gates == 1 ? [y] : [y, gates, kept]
  }
}
