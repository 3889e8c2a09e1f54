public import MPI

/// A reduction that can leave each rank with its own slice of the sum only: a reduce-scatter, half of an
/// all-reduce.
///
///     all-reduce                     reduce-scatter
///     rank 0   ab0 ab1               ab0  .
///     rank 1   ab0 ab1                .  ab1
///
/// The slices have the bits of the whole sum. What lies outside a rank's own is lost.
public protocol ScatteringReduction<Element>: StartedReduction {
  /// Whether the next sum that is started need not leave more than slices.
  var isScattering: Bool { get set }

  /// The slice of a rank in a sum of `count` elements. Slices of all ranks are apart and cover the sum;
  /// they need not follow the order of ranks.
  func slice(of rank: Int, count: Int) -> Range<Int>
}

/// The reduce-scatter of a reduction that can do both; the other uses of the reduction stay whole sums.
public final class ReduceScatter<Element: Summable>: StartedReduction {
  private let reduction: any ScatteringReduction<Element>

  /// A view of `reduction`.
  public init(_ reduction: any ScatteringReduction<Element>) { self.reduction = reduction }

  /// Starts a sum of which each rank gets its slice.
  public func start(
    _ parts: [UnsafeMutableBufferPointer<Element>],
    into result: UnsafeMutableBufferPointer<Element>, scaledBy factor: Element.Accumulator
  ) throws(MPIError) {
    reduction.isScattering = true
    try reduction.start(parts, into: result, scaledBy: factor)
  }

  /// Moves the sum on; see ``StartedReduction``.
  public func advance(waiting: Bool) throws(MPIError) -> Bool {
    guard try reduction.advance(waiting: waiting) else { return false }
    reduction.isScattering = false
    return true
  }

  /// Gives up after an error.
  public func abandon() { reduction.abandon() }
}
