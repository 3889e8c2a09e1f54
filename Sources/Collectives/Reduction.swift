public import MPI

/// A sum over ranks that is under way while its caller computes.
///
///     start ──► advance ──► advance ──► advance(waiting) ── the sum is on all ranks
///               false       false
///
/// One sum is under way at a time. All ranks start the same sums in the same order; how often they
/// advance is their own business. A rank that does not advance holds up the others, but for what the
/// library moves by itself.
public protocol StartedReduction<Element>: AnyObject {
  /// What is added up.
  associatedtype Element: Summable

  /// Starts to write `factor` times the sum of all parts of all ranks to `result`.
  ///
  /// All ranks pass the same size and factor. Does not wait for other ranks.
  ///
  /// - Parameters:
  ///   - parts: as many as the reduction wants of this rank, one unless it says otherwise; their
  ///     elements are lost.
  ///   - result: one of `parts`, or memory apart from all of them. Nobody touches either until the
  ///     sum is complete.
  func start(
    _ parts: [UnsafeMutableBufferPointer<Element>],
    into result: UnsafeMutableBufferPointer<Element>, scaledBy factor: Element.Accumulator
  ) throws(MPIError)

  /// Moves the sum on as far as it goes without waiting for other ranks, and tells whether it is
  /// complete. With `waiting` blocks until it is. True if none is under way.
  func advance(waiting: Bool) throws(MPIError) -> Bool

  /// Gives up what is under way after an error; all that is left to do is to end the job.
  func abandon()

  /// Memory of `count` zeros in which the reduction works without copies; nil if any memory is as
  /// good.
  ///
  /// Collective, blocking; all ranks pass the same count. It lasts as long as the process.
  func memory(count: Int) throws(MPIError) -> UnsafeMutableBufferPointer<Element>?
}

extension StartedReduction {
  /// Nil: any memory will do.
  public func memory(count: Int) throws(MPIError) -> UnsafeMutableBufferPointer<Element>? { nil }

  /// Waits for the sum that is under way.
  public func finish() throws(MPIError) {
    do throws(MPIError) {
      _ = try advance(waiting: true)
    } catch {
      abandon()
      throw error
    }
  }
}
