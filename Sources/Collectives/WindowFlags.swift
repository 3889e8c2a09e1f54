internal import CKernels
internal import Glibc
internal import MPI

/// Counters in shared memory by which the ranks of a node wait for each other.
///
/// Each rank counts up its own and looks at the others'; a counter stands alone in two cache lines,
/// which the processor fetches together. A store releases what was written before to whoever sees
/// it: one cache line goes from each rank to each other one, and no call reaches the system unless a
/// rank is late.
///
///     rank 0 | 7 |      rank 0 has come to phase 7 and waits until all have
///     rank 1 | 7 |
///     rank 2 | 6 |      rank 2 still works
final class WindowFlags {
  private let communicator: Communicator
  private let window: SharedWindow<UInt64>
  private let flags: [UnsafeMutablePointer<UInt64>]
  /// How often a rank looks before it lets others have the processor.
  private let looks: Int
  /// The phase that this rank has come to.
  private(set) var phase: UInt64 = 0

  /// Collective.
  init(on node: Communicator) throws(MPIError) {
    communicator = node
    window = try SharedWindow<UInt64>(on: node, count: 2 * Buffer<UInt64>.alignment / 8)
    let window = window
    flags = (0..<node.size).compactMap { window.segment(of: $0).baseAddress }
    // With a processor for each rank the others are nearly there. Without, the one waited for may
    // need this very processor.
    looks = node.size <= sysconf(Int32(_SC_NPROCESSORS_ONLN)) ? 400 : 20
  }

  /// Says that this rank has come to the next phase.
  func advance() {
    phase += 1
    ck_flag_store(flags[communicator.rank], phase)
  }

  /// Whether all ranks have come to this rank's phase; with `waiting` blocks until they have.
  func haveAllCome(waiting: Bool) throws(MPIError) -> Bool {
    for rank in 0..<flags.count where rank != communicator.rank {
      guard ck_flag_reached(flags[rank], phase, waiting ? looks : 1) == 0 else { continue }
      guard waiting else { return false }
      try wait(for: flags[rank])
    }
    return true
  }

  /// Lets other threads run between looks, and the library move messages of this rank that the late
  /// one may be waiting for.
  private func wait(for flag: UnsafeMutablePointer<UInt64>) throws(MPIError) {
    var round = 0
    repeat {
      ck_yield()
      round += 1
      if round % 64 == 0 { _ = try communicator.probeImmediately(from: nil) }
    } while ck_flag_reached(flag, phase, 10) == 0
  }
}
