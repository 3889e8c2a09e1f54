import CKernels
import MPI

/// The sum of gradients that travel as floats of 16 bits; see ``GradientCompression``.
///
/// Sums on the way are taken as the algorithm does: in float32, rounded at every hop.
final class HalfReduction<Half: Summable>: StartedReduction where Half.Accumulator == Float {
  /// Rounds and keeps the rest; gives the values back.
  struct Code {
    let narrow:
      (UnsafePointer<Float>, UnsafeMutablePointer<Half>, UnsafeMutablePointer<Float>, Int)
        -> Void
    let widen: (UnsafePointer<Half>, UnsafeMutablePointer<Float>, Int) -> Void
  }

  private let algorithm: any AllReduceAlgorithm<Half>
  private let code: Code
  private let rest: UnsafeMutableBufferPointer<Float>
  private let halves: UnsafeMutableBufferPointer<Half>
  private var result: UnsafeMutableBufferPointer<Float>?

  /// - Parameters:
  ///   - rest: what was left over, as long as the bucket.
  ///   - halves: memory as long, which buckets may share.
  init(
    _ algorithm: any AllReduceAlgorithm<Half>, _ code: Code,
    rest: UnsafeMutableBufferPointer<Float>, halves: UnsafeMutableBufferPointer<Half>
  ) {
    self.algorithm = algorithm
    self.code = code
    self.rest = rest
    self.halves = halves.part(0..<rest.count)
  }

  func start(
    _ parts: [UnsafeMutableBufferPointer<Float>], into result: UnsafeMutableBufferPointer<Float>,
    scaledBy factor: Float
  ) throws(MPIError) {
    guard let x = withRest(parts, rest), let half = halves.baseAddress, let rest = rest.baseAddress
    else { return }
    code.narrow(x, half, rest, halves.count)
    self.result = result
    try algorithm.start(halves, scaledBy: factor)
  }

  func advance(waiting: Bool) throws(MPIError) -> Bool {
    guard let result else { return true }
    guard try algorithm.advance(waiting: waiting) else { return false }
    if let half = halves.baseAddress, let sum = result.baseAddress {
      code.widen(half, sum, halves.count)
    }
    self.result = nil
    return true
  }

  func abandon() {
    algorithm.abandon()
    result = nil
  }
}

extension HalfReduction.Code where Half == BFloat16 {
  static var bf16: Self {
    Self(
      narrow: { ck_narrow_bf16($0, bits($1), $2, $3) }, widen: { ck_widen_bf16(bits($0), $1, $2) })
  }
}

extension HalfReduction.Code where Half == Float16 {
  static var fp16: Self {
    Self(
      narrow: { ck_narrow_f16($0, bits($1), $2, $3) }, widen: { ck_widen_f16(bits($0), $1, $2) })
  }
}

/// Adds what was left over to a rank's only part; nil if there is nothing to do.
func withRest(
  _ parts: [UnsafeMutableBufferPointer<Float>], _ rest: UnsafeMutableBufferPointer<Float>
) -> UnsafeMutablePointer<Float>? {
  precondition(parts.count == 1, "\(parts.count) parts where a rank has one")
  precondition(parts[0].count == rest.count, "\(parts[0].count) gradients, \(rest.count) left over")
  guard let x = parts[0].baseAddress, let rest = rest.baseAddress, !parts[0].isEmpty else {
    return nil
  }
  Float.add(rest, to: x, count: parts[0].count)
  return x
}
