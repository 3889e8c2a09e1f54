import CKernels
import Graph

// Note [Attention in tiles]
//
//                  keys, in tiles of at most 128                 One sample and head. Scores exist for
//              +--------+--------+--------+                      one tile at a time, 64 KB in the cache;
//      queries | tile   |   -    |   -    |   causal: tiles      of T x T nothing is kept but one number
//              +--------+--------+--------+   above the          a row, the logarithm of the sum of
//              | tile   | tile   |   -    |   diagonal are       exponentials, from which the backward
//              +--------+--------+--------+   left out           pass computes the weights again.
//
// Forward (online softmax, Milakov and Gimelshein 2018; Dao et al. 2022, "FlashAttention"): a row's
// largest score so far is kept with the sum of exponentials relative to it; when a later tile has a
// larger one, sum and result are scaled down. Backward, with P the weights, D the dropout's factors
// and delta = dy . y of a row:
//
//     dv += (P D)ᵀ dy      dP = (dy vᵀ) D      dS = P (dP - delta) scale      dq += dS k      dk += dSᵀ q
//
// q, k and v are read where the projection left them, and their gradients written likewise, with rows
// that are 3 E floats apart: no copies. Products are `dnnl_sgemm`: 140 to 210 GFLOP/s for 64 x 64 x 32
// on a core whose peak is 250.

/// The geometry of an attention over a row-major projection N x T x 3 E, and its loops over tiles.
struct AttentionTiles {
  let attention: Attention
  let samples, steps, width: Int
  private let tile: Int
  private let scale: Float

  init(_ attention: Attention, projection: Shape) {
    self.attention = attention
    (samples, steps) = (projection[0], projection[1])
    width = attention.headWidth(projection)
    tile = min(steps, CK_ATTENTION_TILE)
    scale = 1 / Float(max(1, width)).squareRoot()
  }

  /// E, the floats from one row of the result to the next.
  private var rowCount: Int { attention.heads * width }
  /// Floats of scratch memory of the forward pass: scores, largest scores, sums.
  var forwardScratch: Int { tile * (tile + 2) }
  /// Floats of scratch memory of the backward pass: scores, their gradients, deltas.
  var backwardScratch: Int { tile * (2 * tile + 1) }

  /// What a kernel reads beside the projection.
  struct Operands {
    let projection: UnsafePointer<Float>
    let mask: UnsafePointer<Float>?
    let keys: UnsafePointer<Int32>?
  }

  /// Calls `body` with each sample and head, the head's place in the projection and in the result.
  private func forEachHead(
    _ body: (_ sample: Int, _ head: Int, _ projection: Int, _ result: Int) -> Void
  ) {
    for sample in 0..<samples {
      for head in 0..<attention.heads {
        let row = sample * steps * rowCount
        body(sample, head, 3 * row + head * width, row + head * width)
      }
    }
  }

  /// The tile of scores that begins at `row`, `column`.
  private func part(
    _ operands: Operands, _ sample: Int, _ head: Int, row: Int, column: Int
  ) -> ck_attention_tile {
    var part = ck_attention_tile()
    part.rows = min(tile, steps - row)
    part.columns = min(tile, steps - column)
    (part.first_row, part.first_column) = (row, column)
    part.causal = attention.isCausal ? 1 : 0
    part.mask = operands.mask.map { $0 + sample * steps }
    if let keys = operands.keys {
      part.key0 = UInt32(bitPattern: keys[2 * sample])
      part.key1 = UInt32(bitPattern: keys[2 * sample + 1])
      part.salt = attention.salt
      part.threshold = UInt32(Double(attention.dropoutRate) * 4_294_967_296)
      part.factor = 1 / (1 - attention.dropoutRate)
      part.head_row = head * steps
    }
    return part
  }

  /// The end of the keys that the rows from `row` on see, in whole tiles.
  private func end(row: Int) -> Int { attention.isCausal ? row + 1 : steps }

  func forward(
    _ operands: Operands, _ y: UnsafeMutablePointer<Float>,
    logSums: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    let (scores, maximum) = (scratch, scratch + tile * tile)
    let sums = maximum + tile
    forEachHead { sample, head, projection, result in
      let q = operands.projection + projection
      for row in stride(from: 0, to: steps, by: tile) {
        let target = y + result + row * rowCount
        for column in stride(from: 0, to: end(row: row), by: tile) {
          var part = part(operands, sample, head, row: row, column: column)
          let k = q + rowCount + 3 * rowCount * column
          multiply(
            q + 3 * rowCount * row, 3 * rowCount, k, 3 * rowCount, transposeB: true, scores,
            part.columns, part.rows, part.columns, width, scale)
          ck_attention_softmax(
            scores, maximum, sums, target, rowCount, width, column == 0 ? 1 : 0, &part)
          multiply(
            scores, part.columns, k + rowCount, 3 * rowCount, target, rowCount,
            part.rows, width, part.columns, adds: column > 0)
        }
        ck_attention_finish(
          maximum, sums, target, rowCount,
          logSums + (sample * attention.heads + head) * steps + row, min(tile, steps - row), width)
      }
    }
  }

  /// What a backward pass reads beside the operands.
  struct Results {
    let dy: UnsafePointer<Float>
    let y: UnsafePointer<Float>
    let logSums: UnsafePointer<Float>
  }

  func backward(
    _ operands: Operands, _ results: Results, _ dProjection: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let stride3 = 3 * rowCount
    let (scores, gradients) = (scratch, scratch + tile * tile)
    let delta = gradients + tile * tile
    forEachHead { sample, head, projection, result in
      let (q, dq) = (operands.projection + projection, dProjection + projection)
      for row in stride(from: 0, to: steps, by: tile) {
        let dy = results.dy + result + row * rowCount
        let rows = min(tile, steps - row)
        let logSums = results.logSums + (sample * attention.heads + head) * steps + row
        ck_attention_delta(
          dy, results.y + result + row * rowCount, rowCount, delta, rows, width)
        for column in stride(from: 0, to: end(row: row), by: tile) {
          var part = part(operands, sample, head, row: row, column: column)
          let (k, dk) = (q + rowCount + stride3 * column, dq + rowCount + stride3 * column)
          let columns = part.columns
          multiply(
            q + stride3 * row, stride3, k, stride3, transposeB: true, scores, columns,
            rows, columns, width, scale)
          multiply(
            dy, rowCount, k + rowCount, stride3, transposeB: true, gradients, columns,
            rows, columns, width)
          ck_attention_gradient(scores, gradients, logSums, delta, scale, &part)
          // The first rows that see a column write its gradient, later ones add to it.
          let adds = row > (attention.isCausal ? column : 0)
          multiply(
            scores, columns, transposeA: true, dy, rowCount, dk + rowCount, stride3,
            columns, width, rows, adds: adds)
          multiply(
            gradients, columns, transposeA: true, q + stride3 * row, stride3, dk, stride3,
            columns, width, rows, adds: adds)
          multiply(
            gradients, columns, k, stride3, dq + stride3 * row, stride3,
            rows, width, columns, adds: column > 0)
        }
      }
    }
  }

  /// C = scale op(A) op(B), or C plus it, of row-major matrices with their row strides: M x N over K.
  @inline(__always)
  private func multiply(
    _ a: UnsafePointer<Float>, _ strideA: Int, transposeA: Bool = false,
    _ b: UnsafePointer<Float>, _ strideB: Int, transposeB: Bool = false,
    _ c: UnsafeMutablePointer<Float>, _ strideC: Int, _ m: Int, _ n: Int, _ k: Int,
    _ scale: Float = 1, adds: Bool = false
  ) {
    StridedProduct(
      m: m, n: n, k: k, strideA: strideA, strideB: strideB, strideC: strideC,
      transposeA: transposeA, transposeB: transposeB, adds: adds
    ).run(a, b, c, scale: scale)
  }
}
