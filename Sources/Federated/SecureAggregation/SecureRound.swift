import MPI

/// One round of the protocol over ranks: every rank speaks for the clients that it trains; what the
/// server would get is gathered on all ranks, each of which takes away its part of the masks.
final class SecureRound {
  private let communicator: Communicator
  private let clients: [Int: SecureClient]
  private let server: SecureServer

  /// Steps 1 and 2. Collective, blocking.
  ///
  /// - Parameters:
  ///   - cohort: All who were asked, the same on all ranks.
  ///   - mine: Those for whom this rank speaks; every client has one rank.
  init(
    _ settings: SecureSettings, cohort: [Int], mine: [Int], round: Int, seed: UInt64,
    on communicator: Communicator
  ) throws {
    self.communicator = communicator
    let graph = NeighbourGraph(cohort, degree: settings.degree, round: round, seed: seed)
    let degree = graph.neighbours(of: cohort[0]).count
    let threshold = settings.shares(of: degree)
    clients = Dictionary(
      uniqueKeysWithValues: mine.map { id in
        (
          id,
          SecureClient(
            id: id, neighbours: graph.neighbours(of: id), threshold: threshold, round: round)
        )
      })
    var keys: [Int: SecureKeys] = [:]
    let mineInOrder = clients.values.sorted { $0.id < $1.id }
    var message = ByteMessage()
    for client in mineInOrder {
      message.append(client.id)
      message.append(client.publicKeys.mask)
      message.append(client.publicKeys.seal)
    }
    for bytes in try communicator.allGatherBytes(message.bytes) {
      var reader = ByteMessage(bytes)
      while let id = reader.integer(), let mask = reader.list(), let seal = reader.list() {
        keys[id] = SecureKeys(mask: mask, seal: seal)
      }
    }
    server = SecureServer(graph: graph, threshold: threshold, round: round, keys: keys)
    message = ByteMessage()
    for client in mineInOrder {
      for shares in try client.deal(keys) {
        message.append(shares.from)
        message.append(shares.to)
        message.append(shares.bytes)
      }
    }
    for bytes in try communicator.allGatherBytes(message.bytes) {
      var reader = ByteMessage(bytes)
      while let from = reader.integer(), let to = reader.integer(), let sealed = reader.list() {
        try clients[to]?.receive(SealedShares(from: from, to: to, bytes: sealed))
      }
    }
  }

  /// Step 3. Local.
  func mask(_ message: UnsafeMutableBufferPointer<Int64>, of client: Int) throws {
    guard let client = clients[client] else {
      throw FederationError.aborted("client \(client) is another rank's")
    }
    try client.mask(message)
  }

  /// Step 4: takes this rank's part of the masks out of its sum, so that the sum over ranks has none.
  /// Collective, blocking.
  ///
  /// - Throws: `FederationError` on all ranks alike if too few are left.
  func unmask(
    _ sum: UnsafeMutableBufferPointer<Int64>, survivors: [Int], dropped: [Int]
  ) throws {
    var message = ByteMessage()
    var problem = ""
    do {
      for client in clients.values.sorted(by: { $0.id < $1.id })
      where survivors.contains(client.id) {
        for share in try client.reveal(survivors: Set(survivors), dropped: Set(dropped)) {
          message.append(share.of)
          message.append(share.isOwnMask ? 1 : 0)
          message.append([share.share.place] + share.share.bytes)
        }
      }
    } catch {
      problem = "\(error)"
    }
    if let first = try communicator.allGather(problem).first(where: { !$0.isEmpty }) {
      throw FederationError.aborted(first)
    }
    var revealed: [RevealedShare] = []
    for bytes in try communicator.allGatherBytes(message.bytes) {
      var reader = ByteMessage(bytes)
      while let of = reader.integer(), let kind = reader.integer(), let share = reader.list() {
        revealed.append(
          RevealedShare(
            of: of, isOwnMask: kind == 1,
            share: SecretSharing.Share(place: share[0], bytes: Array(share.dropFirst()))))
      }
    }
    let remainders = try server.remainders(
      survivors: survivors, dropped: dropped, revealed: revealed)
    let mine = remainders.indices.filter { $0 % communicator.size == communicator.rank }
    try server.remove(mine.map { remainders[$0] }, from: sum)
  }
}

/// Numbers and lists of bytes, one after the other.
struct ByteMessage {
  private(set) var bytes: [UInt8] = []
  private var place = 0

  init(_ bytes: [UInt8] = []) { self.bytes = bytes }

  mutating func append(_ number: Int) {
    withUnsafeBytes(of: Int64(number).littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func append(_ list: [UInt8]) {
    append(list.count)
    bytes += list
  }

  /// The next number; nil at the end.
  mutating func integer() -> Int? {
    guard place + 8 <= bytes.count else { return nil }
    defer { place += 8 }
    return bytes.withUnsafeBytes {
      Int(Int64(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: Int64.self)))
    }
  }

  /// The next list; nil at the end.
  mutating func list() -> [UInt8]? {
    guard let count = integer(), count >= 0, place + count <= bytes.count else { return nil }
    defer { place += count }
    return Array(bytes[place..<place + count])
  }
}
