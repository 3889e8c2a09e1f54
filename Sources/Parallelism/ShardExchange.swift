import Collectives
import Engine
import MPI

/// Gives the places of each rank to others: a flat array of which every rank has updated its own part.
///
/// Each rank sends N / P to each other one; parameters of ranks on one node need no messages, since every
/// rank writes what it updates to the copies of all. Allocates nothing after `init`.
final class ShardExchange {
  private enum Tag {
    static var all: Int { 0 }
    static var root: Int { 1 }
  }

  let communicator: Communicator
  let shards: ParameterShards
  /// The parameters of ranks that share memory; nil for others.
  let copies: SharedCopies?
  private var requests: RequestSet

  /// - Parameter sharing: The parameters, with buffers, if ranks share memory. Collective.
  init(
    _ shards: ParameterShards, sharing count: Int?, on communicator: Communicator
  ) throws(MPIError) {
    self.communicator = try communicator.duplicate()
    self.shards = shards
    copies = if let count { try SharedCopies(on: communicator, count: count) } else { nil }
    requests = RequestSet(capacity: 2 * (communicator.size - 1))
  }

  /// Completes the parameters on all ranks, after each has updated its places, in the copies of all if
  /// there are such. Collective, blocking.
  func complete(_ parameters: UnsafeMutablePointer<Float>) throws(MPIError) {
    if let copies { try copies.meet() } else { try gather(parameters) }
  }

  /// Completes `array` on all ranks. Collective, blocking.
  func gather(_ array: UnsafeMutablePointer<Float>) throws(MPIError) {
    do throws(MPIError) {
      for index in 0..<shards.places[0].count {
        for peer in 0..<communicator.size where peer != communicator.rank {
          let theirs = shards.places[peer][index]
          if !theirs.isEmpty {
            try communicator.startReceive(
              into: UnsafeMutableBufferPointer(
                start: array + theirs.lowerBound, count: theirs.count),
              from: peer, tag: Tag.all, in: &requests)
          }
          let mine = shards.places[communicator.rank][index]
          if !mine.isEmpty {
            try communicator.startSend(
              UnsafeBufferPointer(start: array + mine.lowerBound, count: mine.count), to: peer,
              tag: Tag.all, in: &requests)
          }
        }
        try requests.waitAll()
      }
    } catch {
      requests.abandon()
      throw error
    }
  }

  /// Writes the places of this rank, from the packed array `own`, to `array`.
  func unpack(_ own: FloatMemory, into array: UnsafeMutablePointer<Float>) {
    var start = 0
    for place in shards.places[communicator.rank] {
      (array + place.lowerBound).update(from: own.base + start, count: place.count)
      start += place.count
    }
  }

  /// Writes the places of this rank in `array` to the packed array `own`.
  func pack(_ array: UnsafeMutablePointer<Float>, into own: FloatMemory) {
    var start = 0
    for place in shards.places[communicator.rank] {
      (own.base + start).update(from: array + place.lowerBound, count: place.count)
      start += place.count
    }
  }

  /// The whole array on the root, of which every rank has its packed places; nil on the others.
  /// Collective, blocking.
  func gatherAtRoot(_ own: FloatMemory, count: Int) throws(MPIError) -> FloatMemory? {
    guard communicator.isRoot else {
      var start = 0
      for place in shards.places[communicator.rank] {
        try communicator.send(
          UnsafeBufferPointer(start: own.base + start, count: place.count), to: 0, tag: Tag.root)
        start += place.count
      }
      return nil
    }
    let whole = FloatMemory(count: count)
    unpack(own, into: whole.base)
    for rank in 1..<communicator.size {
      for place in shards.places[rank] {
        try communicator.receive(
          into: UnsafeMutableBufferPointer(
            start: whole.base + place.lowerBound, count: place.count), from: rank, tag: Tag.root)
      }
    }
    return whole
  }
}
