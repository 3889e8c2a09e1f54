import Glibc
import Graph

extension ReferenceBackend {
  /// What the gradient of a recurrent layer reads.
  struct RecurrenceOperands {
    let dy, weights, state: ReferenceTensor
    /// The first cell state of an LSTM.
    let cell: ReferenceTensor?
    /// y, gates, and cell states or inner products.
    let results: [ReferenceTensor]
    let mask: [Double]

    init(_ x: Operands, _ recurrence: Recurrence) {
      (dy, weights, state) = (x[0], x[1], x[2])
      cell = recurrence.cell == .lstm ? x[3] : nil
      let first = recurrence.cell == .lstm ? 4 : 3
      results = (0..<(recurrence.cell.gates == 1 ? 1 : 3)).map { x[first + $0] }
      mask = recurrence.isMasked ? x[x.results.count - 1].values : []
    }
  }

  /// dgates, dweights, dstate, and dcell or dbias: the chain rule from the last step to the first.
  static func recurrenceGradient(
    _ x: RecurrenceOperands, _ recurrence: Recurrence
  ) -> [ReferenceTensor] {
    let (dy, weights) = (x.dy, x.weights)
    let (units, rows) = (weights.shape[1], weights.shape[0])
    var dGates = ReferenceTensor(zeros: [dy.shape[0], dy.shape[1], rows])
    var dWeights = ReferenceTensor(zeros: weights.shape)
    var dState = ReferenceTensor(zeros: x.state.shape)
    var dCell = dState
    var dBias = ReferenceTensor(zeros: [rows])
    for sample in 0..<dy.shape[1] {
      let at = RecurrentSample(sample, dy.shape, recurrence, x.mask)
      var dh = [Double](repeating: 0, count: units)
      var dc = dh
      for (number, step) in at.order.enumerated().reversed() {
        let narrow = at.row(step, units)
        for i in 0..<units { dh[i] += dy.values[narrow.lowerBound + i] }
        if at.skips[step] { continue }
        func before(_ first: ReferenceTensor?, _ all: ReferenceTensor) -> [Double] {
          number == 0
            ? Array((first ?? all).values[at.state])
            : Array(all.values[at.row(at.order[number - 1], units)])
        }
        let h = before(x.state, x.results[0])
        let wide = at.row(step, rows)
        /// Gradients of the pre-activations, and of W_h h with its bias.
        var da = [Double](repeating: 0, count: rows)
        var around = [Double](repeating: 0, count: units)
        func gate(_ index: Int, _ i: Int) -> Double {
          x.results[1].values[wide.lowerBound + index * units + i]
        }
        func kept(_ i: Int) -> Double { x.results[2].values[narrow.lowerBound + i] }
        func y(_ i: Int) -> Double { x.results[0].values[narrow.lowerBound + i] }
        var inner: [Double]?
        switch recurrence.cell {
        case .tanh: for i in 0..<units { da[i] = dh[i] * (1 - y(i) * y(i)) }
        case .relu: for i in 0..<units { da[i] = y(i) > 0 ? dh[i] : 0 }
        case .lstm:
          let old = before(x.cell, x.results[2])
          for i in 0..<units {
            let (input, forget, g, output) = (gate(0, i), gate(1, i), gate(2, i), gate(3, i))
            let squashed = tanh(kept(i))
            dc[i] += dh[i] * output * (1 - squashed * squashed)
            da[i] = dc[i] * g * input * (1 - input)
            da[units + i] = dc[i] * old[i] * forget * (1 - forget)
            da[2 * units + i] = dc[i] * input * (1 - g * g)
            da[3 * units + i] = dh[i] * squashed * output * (1 - output)
            dc[i] *= forget
          }
        case .gru:
          for i in 0..<units {
            let (r, z, n) = (gate(0, i), gate(1, i), gate(2, i))
            let dn = dh[i] * (1 - z) * (1 - n * n)
            da[i] = dn * kept(i) * r * (1 - r)
            da[units + i] = dh[i] * (h[i] - n) * z * (1 - z)
            da[2 * units + i] = dn
            around[i] = dh[i] * z
          }
          inner = da.indices.map { $0 < 2 * units ? da[$0] : da[$0] * gate(0, $0 - 2 * units) }
        }
        let slope = inner ?? da
        dh = around
        for row in 0..<rows {
          for i in 0..<units {
            dWeights.values[row * units + i] += slope[row] * h[i]
            dh[i] += slope[row] * weights.values[row * units + i]
          }
          dBias.values[row] += slope[row]
        }
        dGates.values.replaceSubrange(wide, with: da)
      }
      dState.values.replaceSubrange(at.state, with: dh)
      dCell.values.replaceSubrange(at.state, with: dc)
    }
    let all = [dGates, dWeights, dState]
    return recurrence.cell == .lstm
      ? all + [dCell] : recurrence.cell == .gru ? all + [dBias] : all
  }
}
