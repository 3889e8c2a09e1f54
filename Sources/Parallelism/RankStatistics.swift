import Engine
import MPI

/// Adds up small arrays over ranks in the middle of a step, for statistics of all ranks' batches.
///
/// Sums are taken in the order of ranks, on every rank alike: the same bits everywhere, and again in
/// the next run. Speaks on a communicator of its own, as sums of gradients may be under way.
final class RankStatistics {
  private let communicator: Communicator
  /// The floats of each sum of a step, in their order.
  private let counts: [Int]
  private let parts: FloatMemory
  /// What a rank without samples adds.
  private let nothing: FloatMemory

  /// Nil if there is nothing to sum or nobody to sum with. Collective.
  ///
  /// - Parameter plan: of the largest micro-batch; smaller ones have the same sums in the same order.
  init?(_ plan: Plan, on communicator: Communicator) throws(MPIError) {
    counts = plan.rankSums
    guard let largest = counts.max(), communicator.size > 1 else { return nil }
    self.communicator = try communicator.duplicate()
    parts = FloatMemory(count: largest * communicator.size)
    nothing = FloatMemory(count: largest)
  }

  /// Replaces `values` by their sums over ranks. Collective, blocking.
  func sum(_ values: UnsafeMutableBufferPointer<Float>) throws(MPIError) {
    let all = UnsafeMutableBufferPointer(
      start: parts.base, count: values.count * communicator.size)
    try communicator.allGather(UnsafeBufferPointer(values), into: all)
    values.update(repeating: 0)
    for rank in 0..<communicator.size {
      let part = parts.base + rank * values.count
      for index in values.indices { values[index] += part[index] }
    }
  }

  /// Takes part in the sums of a step with nothing: for a rank that has no samples left.
  func sumNothing() throws(MPIError) {
    for count in counts {
      nothing.base.update(repeating: 0, count: count)
      try sum(UnsafeMutableBufferPointer(start: nothing.base, count: count))
    }
  }
}
