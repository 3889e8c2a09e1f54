import Engine
import MPI

// Note [Gossip over ranks]
//
// Neighbours on the ring have neighbours' numbers, so a rank is the home of a contiguous run of clients
// and only the ends of runs travel:
//
//     rank 0   0 ─ 1 ─ 2 ─ 3 ─┐        sends 3 and 0, gets 4 and 7
//              └──────────┐   │
//     rank 1   4 ─ 5 ─ 6 ─ 7  └─ 4     the same, the other way round
//
// A sum of three has one order, left, own, right, wherever the three lie: the bits do not depend on
// ranks. The mean of all models is taken for evaluation and checkpoints only; no client gets it.

extension Simulation {
  /// Gives each client of this rank the model that all begin with.
  func beginGossip() {
    guard federation.gossip != nil else { return }
    for client in clients where home(of: client.id) == communicator.rank {
      ownModel(of: client.id).base.update(from: state.global.base, count: state.map.count)
    }
  }

  /// The model of a client whose home is this rank.
  func ownModel(of client: Int) -> FloatMemory {
    state.clients.array(Kept.model, of: client, count: state.map.count)
  }

  /// Lets this rank's clients average with their neighbours, then adds up what all models differ from
  /// the last mean by. Collective, blocking.
  ///
  /// - Parameter silent: Clients that take no part in the exchange.
  func gossip(_ gossip: Gossip, silent: Set<Int>) throws {
    let ring = clients.map(\.id).filter { !silent.contains($0) }
    for _ in 0..<gossip.exchanges where ring.count > 1 { try exchange(ring) }
    for client in clients where home(of: client.id) == communicator.rank {
      trainer.local.base.update(from: ownModel(of: client.id).base, count: state.map.count)
      trainer.subtract(state.global)
      sum.add(trainer.local.base, toVector: 0, weight: 1)
    }
  }

  /// One averaging of every client of the ring with both neighbours.
  private func exchange(_ ring: [Int]) throws {
    let foreign = try meetNeighbours(ring)
    let (rank, count) = (communicator.rank, state.map.count)
    let mine = ring.indices.filter { home(of: ring[$0]) == rank }
    guard let firstPlace = mine.first else { return }
    func copy(_ client: Int) -> FloatMemory {
      let copy = FloatMemory(count: count)
      copy.base.update(from: ownModel(of: client).base, count: count)
      return copy
    }
    // What is overwritten before it was read on the other side is kept.
    let first = copy(ring[firstPlace])
    let before = ring[(firstPlace + ring.count - 1) % ring.count]
    var left = foreign[before] ?? copy(before)
    var own = FloatMemory(count: count)
    for place in mine {
      let next = ring[(place + 1) % ring.count]
      let right =
        foreign[next] ?? (next == ring[firstPlace] ? first : ownModel(of: next))
      let model = ownModel(of: ring[place])
      own.base.update(from: model.base, count: count)
      Self.average(
        left.base, own.base, ring.count == 2 ? nil : UnsafePointer(right.base), into: model)
      (left, own) = (own, foreign[before] === left ? FloatMemory(count: count) : left)
    }
  }

  /// The mean of two or three models, added in this order.
  private static func average(
    _ left: UnsafePointer<Float>, _ own: UnsafePointer<Float>, _ right: UnsafePointer<Float>?,
    into model: FloatMemory
  ) {
    let result = model.base
    guard let right else {
      for index in 0..<model.count { result[index] = (left[index] + own[index]) * 0.5 }
      return
    }
    let third: Float = 1 / 3
    for index in 0..<model.count {
      result[index] = (left[index] + own[index] + right[index]) * third
    }
  }

  /// The models of neighbours that lie on other ranks. All ranks go round the ring in the same order,
  /// so no two wait for each other.
  private func meetNeighbours(_ ring: [Int]) throws -> [Int: FloatMemory] {
    var foreign: [Int: FloatMemory] = [:]
    let rank = communicator.rank
    for place in ring.indices {
      let (a, b) = (ring[place], ring[(place + 1) % ring.count])
      let (homeOfA, homeOfB) = (home(of: a), home(of: b))
      guard homeOfA != homeOfB, rank == homeOfA || rank == homeOfB else { continue }
      let (own, other, peer) = rank == homeOfA ? (a, b, homeOfB) : (b, a, homeOfA)
      let room = foreign[other] ?? FloatMemory(count: state.map.count)
      _ = try communicator.sendReceive(
        UnsafeBufferPointer(ownModel(of: own).buffer), to: peer, into: room.buffer, from: peer)
      foreign[other] = room
    }
    return foreign
  }
}
