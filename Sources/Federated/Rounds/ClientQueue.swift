import CKernels
package import MPI

/// What the ranks of a node take clients from, one after the other, longest first: a core that is faster
/// than the others trains more of them. Which rank trains a client has no influence on the result.
///
///     clients of the node    17 ── 3 ── 8 ── 42 ── 5
///                                       ▲
///                                       next: a counter in memory that the ranks share
///
/// In a round each rank asks until it gets nothing, so that a round of n clients moves the counter of a
/// node with P ranks by n + P, and the next one begins there.
package final class ClientQueue {
  /// The ranks of this node, by their numbers among all.
  package let ranks: [Int]
  private let window: SharedWindow<UInt64>
  private let counter: UnsafeMutablePointer<UInt64>
  private var clients: [Int] = []
  /// Where the counter is before the first client of the round, and after the last rank has got nothing.
  private var (first, end): (UInt64, UInt64) = (0, 0)

  /// Collective.
  package init(on communicator: Communicator) throws(MPIError) {
    let node = try communicator.node()
    ranks = try node.allGather([communicator.rank])
    window = try SharedWindow<UInt64>(on: node, count: 2 * Buffer<UInt64>.alignment / 8)
    guard let counter = window.segment(of: 0).baseAddress else {
      preconditionFailure("a segment of shared memory is empty")
    }
    self.counter = counter
  }

  /// Starts a round with these clients, the same on all ranks of the node. Local; all of them must have got
  /// nothing in the round before, and met since.
  package func start(_ clients: [Int]) {
    self.clients = clients
    first = end
    end = first + UInt64(clients.count + ranks.count)
  }

  /// The next client; nil if all have been taken. Local, does not wait.
  package func next() -> Int? {
    let place = Int(ck_flag_add(counter, 1) - first)
    return place < clients.count ? clients[place] : nil
  }
}
