import CKernels
import MPI

/// PowerSGD: the sum of matrices as a product of two narrow ones, by one step of power iteration.
///
///     M ≈ P Qᵀ      P = Σ M Q over ranks, its columns made orthonormal; then Q = Σ Mᵀ P over ranks
///
///     rank 0   M0 Q ─┐          M0ᵀ P ─┐
///                    ├─ sum ─► P        ├─ sum ─► Q       result = P Qᵀ
///     rank 1   M1 Q ─┘          M1ᵀ P ─┘
///
/// With rank r, rows n and columns m, r (n + m) numbers travel for n m. Q is kept for the next step, so
/// that steps together iterate to the best subspace. What is no matrix worth it travels with P as it
/// is. Each rank keeps M - P Qᵀ / size.
///
/// Source: Vogels, Karimireddy and Jaggi, "PowerSGD", NeurIPS 2019, algorithms 1 and 2.
final class PowerReduction: StartedReduction {
  private enum Stage { case idle, left, right }

  private let algorithm: any AllReduceAlgorithm<Float>
  private let size: Int
  private let width: Int
  private let rest: UnsafeMutableBufferPointer<Float>
  private let matrices: [GradientMatrix]
  /// Runs of the bucket between the matrices.
  private let dense: [Range<Int>]
  /// All P, then what is dense.
  private var left: Buffer<Float>
  /// All Q.
  private let right: UnsafeMutableBufferPointer<Float>
  private var stage = Stage.idle
  private var result: UnsafeMutableBufferPointer<Float>
  private var factor: Float = 1

  /// - Parameters:
  ///   - rank: the columns of P and Q.
  ///   - factors: where Q is kept from step to step; ``factorCount(_:rank:)`` elements.
  init(
    _ algorithm: any AllReduceAlgorithm<Float>, rank: Int, matrices: [GradientMatrix],
    rest: UnsafeMutableBufferPointer<Float>, factors: UnsafeMutableBufferPointer<Float>
  ) {
    self.algorithm = algorithm
    size = algorithm.communicator.size
    width = rank
    self.rest = rest
    self.matrices = matrices.filter { $0.isWorth(rank: rank) }.sorted { $0.offset < $1.offset }
    var dense: [Range<Int>] = []
    var end = 0
    for matrix in self.matrices {
      if matrix.offset > end { dense.append(end..<matrix.offset) }
      end = matrix.offset + matrix.rows * matrix.columns
    }
    if end < rest.count { dense.append(end..<rest.count) }
    self.dense = dense
    let rows = self.matrices.reduce(0) { $0 + $1.rows }
    left = Buffer(repeating: 0, count: rank * rows + dense.reduce(0) { $0 + $1.count })
    right = factors
    result = rest
    // Any start will do that is the same on all ranks and has full rank.
    var state: UInt32 = 1
    for index in right.indices {
      state = state &* 1_664_525 &+ 1_013_904_223
      right[index] = Float(Int32(bitPattern: state)) / Float(1 << 31)
    }
  }

  /// The elements of all Q of a bucket.
  static func factorCount(_ matrices: [GradientMatrix], rank: Int) -> Int {
    matrices.filter { $0.isWorth(rank: rank) }.reduce(0) { $0 + rank * $1.columns }
  }

  func start(
    _ parts: [UnsafeMutableBufferPointer<Float>], into result: UnsafeMutableBufferPointer<Float>,
    scaledBy factor: Float
  ) throws(MPIError) {
    guard let x = withRest(parts, rest), let rest = rest.baseAddress else { return }
    rest.update(from: x, count: result.count)
    (self.result, self.factor) = (result, factor)
    let (p, q) = memory
    var (pStart, qStart) = (0, 0)
    for matrix in matrices {
      multiply(
        rest + matrix.offset, matrix, by: q + qStart, into: p + pStart, isTransposed: false)
      pStart += width * matrix.rows
      qStart += width * matrix.columns
    }
    for range in dense {
      (p + pStart).update(from: rest + range.lowerBound, count: range.count)
      pStart += range.count
    }
    stage = .left
    try algorithm.start(
      UnsafeMutableBufferPointer(start: p, count: left.count), scaledBy: factor)
  }

  func advance(waiting: Bool) throws(MPIError) -> Bool {
    while stage != .idle {
      guard try algorithm.advance(waiting: waiting) else { return false }
      if stage == .left {
        try startRight()
      } else {
        finishResult()
        stage = .idle
      }
    }
    return true
  }

  func abandon() {
    algorithm.abandon()
    stage = .idle
  }

  // MARK: - Stages

  private func startRight() throws(MPIError) {
    let (p, q) = memory
    guard let rest = rest.baseAddress else { return }
    var (pStart, qStart) = (0, 0)
    for matrix in matrices {
      Self.orthonormalize(p + pStart, rows: matrix.rows, columns: width)
      multiply(
        rest + matrix.offset, matrix, by: p + pStart, into: q + qStart, isTransposed: true)
      pStart += width * matrix.rows
      qStart += width * matrix.columns
    }
    stage = .right
    try algorithm.start(
      UnsafeMutableBufferPointer(start: q, count: right.count), scaledBy: factor)
  }

  private func finishResult() {
    let (p, q) = memory
    guard let rest = rest.baseAddress, let sum = result.baseAddress else { return }
    var (pStart, qStart) = (0, 0)
    let share = 1 / (Float(size) * factor)
    for matrix in matrices {
      for row in 0..<matrix.rows {
        let target = sum + matrix.offset + row * matrix.columns
        target.update(repeating: 0, count: matrix.columns)
        for column in 0..<width {
          Self.add(
            q + qStart + column * matrix.columns, times: p[pStart + column * matrix.rows + row],
            to: target, count: matrix.columns)
        }
        let left = rest + matrix.offset + row * matrix.columns
        Self.add(target, times: -share, to: left, count: matrix.columns)
      }
      pStart += width * matrix.rows
      qStart += width * matrix.columns
    }
    for range in dense {
      (sum + range.lowerBound).update(from: p + pStart, count: range.count)
      (rest + range.lowerBound).update(repeating: 0, count: range.count)
      pStart += range.count
    }
  }

  // MARK: - Matrices: the gradient by rows, P and Q by columns

  /// M times `factors`, or Mᵀ times them.
  private func multiply(
    _ m: UnsafePointer<Float>, _ matrix: GradientMatrix, by factors: UnsafePointer<Float>,
    into product: UnsafeMutablePointer<Float>, isTransposed: Bool
  ) {
    let (rows, columns) = (matrix.rows, matrix.columns)
    if isTransposed { product.update(repeating: 0, count: width * columns) }
    for row in 0..<rows {
      let line = m + row * columns
      for column in 0..<width {
        if isTransposed {
          Self.add(
            line, times: factors[column * rows + row], to: product + column * columns,
            count: columns)
        } else {
          product[column * rows + row] = Self.dot(line, factors + column * columns, columns)
        }
      }
    }
  }

  /// Gram and Schmidt's, in the order of columns; a column without a direction of its own becomes zero.
  private static func orthonormalize(_ p: UnsafeMutablePointer<Float>, rows: Int, columns: Int) {
    for column in 0..<columns {
      let own = p + column * rows
      let size = dot(own, own, rows).squareRoot()
      for earlier in 0..<column {
        let other = p + earlier * rows
        add(other, times: -dot(own, other, rows), to: own, count: rows)
      }
      let left = dot(own, own, rows).squareRoot()
      let scale = left > 1e-5 * size && left > 0 ? 1 / left : 0
      for row in 0..<rows { own[row] *= scale }
    }
  }

  private static func dot(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int
  ) -> Float { ck_dot(a, b, count) }

  private static func add(
    _ source: UnsafePointer<Float>, times factor: Float, to target: UnsafeMutablePointer<Float>,
    count: Int
  ) { ck_add_times(target, source, factor, count) }

  /// P and what is dense, and Q. The memory lives as long as this object.
  private var memory: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) {
    // A buffer without elements still has an address of its own.
    let p = left.withUnsafeMutableBufferPointer { $0.baseAddress }
    guard let p, let q = right.baseAddress else { preconditionFailure("factors without memory") }
    return (p, q)
  }
}
