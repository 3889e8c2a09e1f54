import CKernels
import COneDNN
import Graph

/// The steps of a recurrent layer: where they lie, and the products between them.
///
/// Everything is time-major, so that a step is one block: with batch-first memory the rows of a step
/// would be T·G·H floats apart, often a multiple of 4096 bytes, and drive each other out of the cache
/// (an LSTM's gradient took three times as long).
struct RecurrentSteps {
  typealias Floats = UnsafeMutablePointer<Float>

  let recurrence: Recurrence
  let steps, samples, units: Int

  /// - Parameter y: T x N x H.
  init(_ recurrence: Recurrence, y: Shape) {
    self.recurrence = recurrence
    (steps, samples, units) = (y[0], y[1], y[2])
  }

  /// N·H, the floats of a state.
  var stateCount: Int { samples * units }

  /// The step that is computed as number `number`.
  func step(_ number: Int) -> Int { recurrence.isReversed ? steps - 1 - number : number }

  /// Step number `number` of T x N x `width` H.
  func at(_ number: Int, _ base: Floats, width: Int = 1) -> Floats {
    base + step(number) * width * stateCount
  }

  /// What was computed before step number `number`: a step of `all` T x N x H, or `first` N x H.
  func before(_ number: Int, _ first: Floats, _ all: Floats) -> Floats {
    number == 0 ? first : at(number - 1, all)
  }

  /// Whether a step counts for any sample. One that is padding in all of them leaves every state and its
  /// gradient as they are and needs no product: batches of equal lengths save those.
  func counts(_ number: Int, _ mask: Floats?) -> Bool {
    guard let mask else { return true }
    let start = step(number) * samples
    return (start..<start + samples).contains { mask[$0] != 0 }
  }

  /// What the kernels want to know of a step; `mask` is T x N.
  func settings(_ number: Int, _ mask: Floats?) -> ck_step {
    ck_step(
      samples: samples, units: units, mask: mask.map { UnsafePointer($0 + step(number) * samples) })
  }

  // MARK: - Products
  //
  // The weights G·H x H are given from the first of the `gates` that take part.

  /// result = h Wᵀ, or added to it: rows of `width` H floats.
  func multiply(
    _ h: Floats, _ weights: Floats, gates: Int, adds: Bool, into result: Floats, width: Int
  ) {
    dnnl_sgemm(
      Self.plain, Self.transposed, Int64(samples), Int64(gates * units), Int64(units), 1, h,
      Int64(units), weights, Int64(units), adds ? 1 : 0, result, Int64(width * units))
  }

  /// carry += dgates W, of rows of `width` H floats.
  func multiplyBack(
    _ dgates: Floats, _ weights: Floats, gates: Int, width: Int, into carry: Floats
  ) {
    dnnl_sgemm(
      Self.plain, Self.plain, Int64(samples), Int64(units), Int64(gates * units), 1, dgates,
      Int64(width * units), weights, Int64(units), 1, carry, Int64(units))
  }

  /// dweights = dgatesᵀ h over all steps: T x N x `width` H by the states before them.
  ///
  ///     steps     0     1     2  ...  T - 1        one product of (T - 1)·N rows, shifted by a step,
  ///     dgates   [0]  [ 1     2  ...  T - 1 ]      and one of N rows with the first state
  ///     h      [first][ 0     1  ...  T - 2 ]
  ///
  /// Of steps that count for no sample, those at both ends are left out: their dgates are 0.
  func multiplyAll(
    _ dgates: Floats, gates: Int, width: Int, state: Floats, _ y: Floats, _ mask: Floats?,
    into dweights: Floats
  ) {
    func product(_ dgates: Floats, _ h: Floats, rows: Int, adds: Bool) {
      dnnl_sgemm(
        Self.transposed, Self.plain, Int64(gates * units), Int64(units), Int64(rows), 1, dgates,
        Int64(width * units), h, Int64(units), adds ? 1 : 0, dweights, Int64(units))
    }
    product(at(0, dgates, width: width), state, rows: samples, adds: false)
    var (first, last) = (steps, -1)
    for number in 1..<max(1, steps) where counts(number, mask) {
      (first, last) = (min(first, step(number)), max(last, step(number)))
    }
    guard last >= first else { return }
    product(
      dgates + first * width * stateCount,
      y + (first + (recurrence.isReversed ? 1 : -1)) * stateCount,
      rows: (last - first + 1) * samples, adds: true)
  }

  private static let plain = CChar(UInt8(ascii: "N"))
  private static let transposed = CChar(UInt8(ascii: "T"))
}
