import Collectives
import Engine
public import MPI

// Note [Silos]
//
// A client is a group of ranks, such as the cluster of a hospital: it alone reads its data, and trains
// on it side by side. What leaves it is its update, which its first rank, the leader, adds to the sum.
//
//     world   0   1   2   3   4
//             └─ silo 0 ──┘   └─ silo 1        a communicator each
//             batch ─► micro-batches ─► tree     every step, inside a silo
//             update ──────────► sum ◄────────── every round, over the world
//
// A batch is cut into a fixed number of micro-batches whose gradients are added in a fixed tree: a silo
// computes the same bits on any number of ranks up to that.

/// How clients become groups of ranks.
public struct SiloSettings: Hashable, Sendable {
  /// Silos, which are the clients.
  public var count: Int
  /// Parts of every batch; a silo has at most as many ranks.
  public var microBatches: Int

  /// See the properties.
  public init(count: Int = 1, microBatches: Int = 4) {
    (self.count, self.microBatches) = (count, microBatches)
  }
}

/// The groups of ranks, and the one that this rank is in.
public final class Silos {
  /// How many there are.
  public let count: Int
  /// The number of this rank's silo: of its client.
  public let number: Int
  /// The ranks of this silo.
  public let group: Communicator
  /// The first rank of each silo.
  public let leaders: [Int]
  let microBatches: Int

  /// Divides the ranks: contiguous, as evenly as they go. Collective, blocking.
  ///
  /// - Throws: `FederationError` on all ranks alike if there are fewer ranks than silos, or more in a
  ///   silo than it has micro-batches.
  public init(_ settings: SiloSettings, on world: Communicator) throws {
    guard world.size >= settings.count else {
      throw FederationError.settings(
        "\(settings.count) silos need as many ranks, there are \(world.size): start with mpirun -n \(settings.count) or more"
      )
    }
    let blocks = (0..<settings.count).map {
      SummationTree.block(rank: $0, size: settings.count, leafCount: world.size)
    }
    let most = blocks.map(\.count).max() ?? 0
    guard most <= settings.microBatches else {
      throw FederationError.settings(
        "a silo of \(most) ranks needs as many micro-batches: set federated.silos.microBatches to \(most) or more"
      )
    }
    count = settings.count
    microBatches = settings.microBatches
    leaders = blocks.map(\.lowerBound)
    number = blocks.firstIndex { $0.contains(world.rank) } ?? 0
    group = try world.split(color: number)
  }

  /// Whether this rank speaks for its silo.
  public var isLeader: Bool { group.isRoot }
}

/// A client's data cannot be trained on: the client is left out of the round.
struct RejectedData: Error {
  let reason: String
}

/// The ranks of a silo at work on one batch.
final class SiloTeam {
  let microBatches: Int
  let reduction: OrderedTree<Float>
  let slots: [FloatMemory]
  private let group: Communicator
  /// What this rank has met; the sum goes on with NaN until all can be told.
  var failure: (any Error)?

  init(_ silos: Silos, resultCount: Int) throws {
    microBatches = silos.microBatches
    group = silos.group
    let reduction = try OrderedTree<Float>(on: silos.group, leafCount: silos.microBatches)
    self.reduction = reduction
    slots = (0..<reduction.tree.slotCount).map { _ in FloatMemory(count: resultCount) }
  }

  /// Throws on all ranks of the silo if one has met an error. Collective in the silo, blocking.
  ///
  /// - Parameter isBad: Whether an error is one of the data alone.
  func agree(isBad: (any Error) -> Bool) throws {
    let mine = failure
    failure = nil
    let text = mine.map { (isBad($0) ? "d" : "e") + "\($0)" } ?? ""
    let texts = try group.allGather(text)
    if let mine, !isBad(mine) { throw mine }
    if let other = texts.first(where: { $0.hasPrefix("e") }) {
      throw FederationError.data(String(other.dropFirst()))
    }
    if let bad = texts.first(where: { $0.hasPrefix("d") }) {
      throw RejectedData(reason: String(bad.dropFirst()))
    }
  }
}
