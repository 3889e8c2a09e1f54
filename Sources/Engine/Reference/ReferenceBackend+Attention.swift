import Glibc
import Graph
import Randomness

extension ReferenceBackend {
  /// One row of the weights of a head, from the definition: softmax over the steps that it sees.
  fileprivate struct AttentionRow {
    /// Weights before dropout; zeros for steps that are not seen.
    var weights: [Double]
    /// What dropout multiplies each by.
    var factors: [Double]
    var logSum: Double
  }

  /// The operands with the extents that they give.
  fileprivate struct AttentionOperands {
    let attention: Attention
    let projection: ReferenceTensor
    let mask: ReferenceTensor?
    let keys: [Int32]?

    var steps: Int { projection.shape[1] }
    var width: Int { attention.headWidth(projection.shape) }
    var rowCount: Int { attention.heads * width }

    init(_ attention: Attention, _ x: Operands, from first: Int) {
      self.attention = attention
      projection = x[first]
      mask = attention.hasMask ? x[first + 1] : nil
      keys =
        attention.hasDropout ? x.integers(first + (attention.hasMask ? 2 : 1)) : nil
    }

    /// Offset of element `index` of q (part 0), k (1) or v (2).
    func place(_ part: Int, _ sample: Int, _ head: Int, _ step: Int, _ index: Int) -> Int {
      ((sample * steps + step) * 3 + part) * rowCount + head * width + index
    }

    func row(_ sample: Int, _ head: Int, _ step: Int) -> AttentionRow {
      let scores = (0..<steps).map { other -> Double in
        let isHidden =
          (attention.isCausal && other > step)
          || mask.map { $0.values[sample * steps + other] == 0 } ?? false
        guard !isHidden else { return -.infinity }
        let product = (0..<width).reduce(0.0) {
          $0 + projection.values[place(0, sample, head, step, $1)]
            * projection.values[place(1, sample, head, other, $1)]
        }
        return product / Double(width).squareRoot()
      }
      let factors = (0..<steps).map { factor(sample, head, step, $0) }
      let largest = scores.max() ?? 0
      guard largest > -.infinity else {
        return AttentionRow(
          weights: scores.map { _ in 0 }, factors: factors, logSum: .infinity)
      }
      let sum = scores.reduce(0) { $0 + exp($1 - largest) }
      return AttentionRow(
        weights: scores.map { exp($0 - largest) / sum }, factors: factors,
        logSum: largest + log(sum))
    }

    /// Word `other` % 4 of the block (`other` / 4, salt, head * steps + step, 0) decides.
    private func factor(_ sample: Int, _ head: Int, _ step: Int, _ other: Int) -> Double {
      guard let keys else { return 1 }
      let block = CounterRandom.philox(
        counter: (UInt32(other / 4), attention.salt, UInt32(head * steps + step), 0),
        key: (
          UInt32(bitPattern: keys[2 * sample]), UInt32(bitPattern: keys[2 * sample + 1])
        ))
      let word = [block.0, block.1, block.2, block.3][other % 4]
      let threshold = UInt32(Double(attention.dropoutRate) * 4_294_967_296)
      return word >= threshold ? 1 / (1 - Double(attention.dropoutRate)) : 0
    }
  }

  /// y and the logarithms of the row sums.
  static func attention(_ x: Operands, _ attention: Attention) -> [ReferenceTensor] {
    let operands = AttentionOperands(attention, x, from: 0)
    var y = ReferenceTensor(zeros: x.node.outputs[0].shape)
    var logSums = ReferenceTensor(zeros: x.node.outputs[1].shape)
    operands.forEachRow { sample, head, step in
      let row = operands.row(sample, head, step)
      logSums.values[(sample * attention.heads + head) * operands.steps + step] = row.logSum
      for other in 0..<operands.steps {
        for index in 0..<operands.width {
          y.values[operands.resultPlace(sample, head, step, index)] +=
            row.weights[other] * row.factors[other]
            * operands.projection.values[operands.place(2, sample, head, other, index)]
        }
      }
    }
    return [y, logSums]
  }

  /// With P the weights, D the dropout's factors: dv = (P D)ᵀ dy, dP = (dy vᵀ) D,
  /// dS = P (dP - sum P dP) / sqrt(width), dq = dS k, dk = dSᵀ q.
  static func attentionGradient(_ x: Operands, _ attention: Attention) -> ReferenceTensor {
    let operands = AttentionOperands(attention, x, from: 3)
    let (dy, values) = (x[0], operands.projection.values)
    var dx = ReferenceTensor(zeros: operands.projection.shape)
    operands.forEachRow { sample, head, step in
      let row = operands.row(sample, head, step)
      func place(_ part: Int, _ other: Int, _ index: Int) -> Int {
        operands.place(part, sample, head, other, index)
      }
      let dWeights = (0..<operands.steps).map { other in
        row.factors[other]
          * (0..<operands.width).reduce(0.0) {
            $0 + dy.values[operands.resultPlace(sample, head, step, $1)]
              * values[place(2, other, $1)]
          }
      }
      let mean = zip(row.weights, dWeights).reduce(0) { $0 + $1.0 * $1.1 }
      for other in 0..<operands.steps {
        let dScore =
          row.weights[other] * (dWeights[other] - mean) / Double(operands.width).squareRoot()
        for index in 0..<operands.width {
          dx.values[place(0, step, index)] += dScore * values[place(1, other, index)]
          dx.values[place(1, other, index)] += dScore * values[place(0, step, index)]
          dx.values[place(2, other, index)] +=
            row.weights[other] * row.factors[other]
            * dy.values[operands.resultPlace(sample, head, step, index)]
        }
      }
    }
    return dx
  }
}

extension ReferenceBackend.AttentionOperands {
  fileprivate func forEachRow(_ body: (_ sample: Int, _ head: Int, _ step: Int) -> Void) {
    for sample in 0..<projection.shape[0] {
      for head in 0..<attention.heads {
        for step in 0..<steps { body(sample, head, step) }
      }
    }
  }

  fileprivate func resultPlace(_ sample: Int, _ head: Int, _ step: Int, _ index: Int) -> Int {
    (sample * steps + step) * rowCount + head * width + index
  }
}
