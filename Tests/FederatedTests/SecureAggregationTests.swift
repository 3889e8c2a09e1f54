import Crypto
import Federated
import Foundation
import Testing

/// A generator whose numbers are known.
private struct Counting: RandomNumberGenerator {
  var state: UInt64 = 1
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state
  }
}

/// All roles of one round in one process.
private struct Roles {
  let graph: NeighbourGraph
  let clients: [Int: SecureClient]
  let server: SecureServer
  let order: [Int]

  init(_ order: [Int], threshold: Int, degree: Int? = nil, round: Int = 1) throws {
    self.order = order
    let graph = NeighbourGraph(order, degree: degree, round: round, seed: 4)
    self.graph = graph
    clients = Dictionary(
      uniqueKeysWithValues: order.map {
        (
          $0,
          SecureClient(
            id: $0, neighbours: graph.neighbours(of: $0), threshold: threshold, round: round)
        )
      })
    let keys = clients.mapValues(\.publicKeys)
    server = SecureServer(graph: graph, threshold: threshold, round: round, keys: keys)
    // Nobody can open a share before it has all keys.
    let sealed = try clients.values.flatMap { try $0.deal(keys) }
    for shares in sealed { try clients[shares.to]?.receive(shares) }
  }

  func masked(_ values: [Int64], by client: Int) throws -> [Int64] {
    var values = values
    try values.withUnsafeMutableBufferPointer { try clients[client]?.mask($0) }
    return values
  }

  /// The sum of what the survivors sent, unmasked.
  func sum(_ inputs: [Int: [Int64]], without dropped: Set<Int>) throws -> [Int64] {
    let survivors = order.filter { !dropped.contains($0) }
    var sum = [Int64](repeating: 0, count: inputs.values.first?.count ?? 0)
    for client in survivors {
      sum = zip(sum, try masked(inputs[client] ?? [], by: client)).map { $0 &+ $1 }
    }
    let revealed = try survivors.flatMap {
      try clients[$0]?.reveal(survivors: Set(survivors), dropped: dropped) ?? []
    }
    let remainders = try server.remainders(
      survivors: survivors, dropped: dropped.sorted(), revealed: revealed)
    try sum.withUnsafeMutableBufferPointer { try server.remove(remainders, from: $0) }
    return sum
  }
}

private func inputs(_ clients: [Int], count: Int = 100) -> [Int: [Int64]] {
  var random = Counting()
  return Dictionary(
    uniqueKeysWithValues: clients.map { client in
      (client, (0..<count).map { _ in Int64(bitPattern: random.next()) })
    })
}

private func plainSum(_ inputs: [Int: [Int64]], _ clients: [Int]) -> [Int64] {
  clients.reduce([Int64](repeating: 0, count: inputs.values.first?.count ?? 0)) { sum, client in
    zip(sum, inputs[client] ?? []).map { $0 &+ $1 }
  }
}

@Suite struct SecureAggregationTests {
  let order = [3, 1, 8, 5, 20, 13, 2]

  @Test func sumIsExactWithoutDropouts() throws {
    let inputs = inputs(order)
    let sum = try Roles(order, threshold: 4).sum(inputs, without: [])
    #expect(sum == plainSum(inputs, order))
  }

  @Test(arguments: [[3], [20, 1], [13, 2, 5]])
  func sumIsThatOfTheSurvivors(dropped: [Int]) throws {
    let inputs = inputs(order)
    let sum = try Roles(order, threshold: 3).sum(inputs, without: Set(dropped))
    #expect(sum == plainSum(inputs, order.filter { !dropped.contains($0) }))
  }

  @Test func tooManyDropoutsAbort() throws {
    // A client has six neighbours; with four gone it has two left, or three of a dropped one.
    #expect(throws: FederationError.self) {
      try Roles(order, threshold: 4).sum(inputs(order), without: [3, 1, 8, 5])
    }
  }

  /// All ways in which five clients can drop out with a threshold of two: a survivor's own mask is
  /// shared by the other survivors, so that two of them must be left beside it.
  @Test func everySetOfDropoutsGivesTheSumOrNothing() throws {
    let clients = Array(order.prefix(5))
    let inputs = inputs(clients, count: 20)
    for set in 0..<(1 << clients.count) {
      let dropped = Set(clients.indices.filter { set >> $0 & 1 == 1 }.map { clients[$0] })
      let survivors = clients.filter { !dropped.contains($0) }
      guard !survivors.isEmpty else { continue }
      let round = try Roles(clients, threshold: 2)
      if survivors.count >= 3 {
        #expect(try round.sum(inputs, without: dropped) == plainSum(inputs, survivors))
      } else {
        #expect(throws: FederationError.self) { try round.sum(inputs, without: dropped) }
      }
    }
  }

  @Test func serverRefusesTooFewShares() throws {
    let round = try Roles(order, threshold: 4)
    let one = try round.clients[3]?.reveal(survivors: Set(order), dropped: []) ?? []
    #expect(throws: FederationError.self) {
      try round.server.remainders(survivors: order, dropped: [], revealed: one)
    }
  }

  @Test func clientsNeverGiveBothSecretsOfOne() throws {
    let client = try #require(try Roles(order, threshold: 3).clients[3])
    #expect(throws: FederationError.self) {
      try client.reveal(survivors: Set(order), dropped: [5])
    }
    let first = try client.reveal(survivors: Set(order).subtracting([5]), dropped: [5])
    #expect(first.filter { $0.of == 5 }.map(\.isOwnMask) == [false])
    #expect(throws: FederationError.self) {
      try client.reveal(survivors: Set(order), dropped: [])
    }
  }

  @Test func maskedMessagesLookUniform() throws {
    // 16 values of the highest four bits over 16,000 numbers: chi-square with 15 degrees of freedom is
    // above 44.3 once in ten thousand times.
    let masked = try Roles(order, threshold: 4)
      .masked([Int64](repeating: 0, count: 16000), by: 8)
    var counts = [Double](repeating: 0, count: 16)
    for value in masked { counts[Int(UInt64(bitPattern: value) >> 60)] += 1 }
    #expect(counts.reduce(0) { $0 + ($1 - 1000) * ($1 - 1000) / 1000 } < 44.3)
  }

  @Test func theSameMasksMoveWithTheInputAndFreshOnesDoNot() throws {
    let round = try Roles(order, threshold: 4)
    let first = try round.masked([5], by: 1)
    #expect(try round.masked([6], by: 1) == [first[0] &+ 1])
    #expect(try Roles(order, threshold: 4, round: 2).masked([5], by: 1) != first)
  }

  @Test func sparseGraphsStayConnectedAndGiveTheSum() throws {
    let many = Array(0..<40)
    let round = try Roles(many, threshold: 5, degree: 10)
    #expect(many.allSatisfy { round.graph.neighbours(of: $0).count == 10 })
    let dropped: Set = [1, 7, 22, 30]
    #expect(round.graph.isConnected(without: dropped))
    let inputs = inputs(many, count: 10)
    #expect(
      try round.sum(inputs, without: dropped)
        == plainSum(inputs, many.filter { !dropped.contains($0) }))
  }

  @Test func neighboursAreMutual() {
    let graph = NeighbourGraph(Array(0..<21), degree: 6, round: 3, seed: 9)
    for client in 0..<21 {
      for other in graph.neighbours(of: client) {
        #expect(graph.neighbours(of: other).contains(client))
      }
    }
  }

  @Test func streamIsThatOfAESInCounterMode() throws {
    // The first block of GCM's key stream is the cipher of the nonce and the counter 2: the text of
    // GCM's test case 1 has the tag only, so the stream is held against sealing zeros in one piece.
    let key = SymmetricKey(data: [UInt8](repeating: 7, count: 16))
    let values = try streams([MaskStream(key: key)], count: 8)
    let sealed = try AES.GCM.seal(
      Data(count: 64), using: key, nonce: AES.GCM.Nonce(data: Data(count: 12)))
    #expect(values.withUnsafeBytes { Data($0) } == sealed.ciphertext)
  }

  @Test func piecesOfAStreamHaveNoncesOfTheirOwn() throws {
    // Pieces of 120 KiB: the third begins the key stream of nonce 2.
    let key = SymmetricKey(data: [UInt8](repeating: 7, count: 16))
    let values = try streams([MaskStream(key: key)], count: 2 * 15360 + 3)
    let sealed = try AES.GCM.seal(
      Data(count: 24), using: key, nonce: AES.GCM.Nonce(data: Data(count: 11) + [2]))
    #expect(values.suffix(3).withUnsafeBytes { Data($0) } == sealed.ciphertext)
    #expect(values.prefix(3) != values[15360..<15363])
  }

  @Test func streamsTogetherAreTheSumOfEach() throws {
    let keys = (1...3).map { SymmetricKey(data: [UInt8](repeating: $0, count: 16)) }
    let signed = [
      MaskStream(key: keys[0]), MaskStream(key: keys[1], negative: true), MaskStream(key: keys[2]),
    ]
    let count = 15360 + 77
    let apart = try keys.map { try streams([MaskStream(key: $0)], count: count) }
    #expect(
      try streams(signed, count: count)
        == (0..<count).map { apart[0][$0] &- apart[1][$0] &+ apart[2][$0] })
    let undone = [MaskStream(key: keys[1]), MaskStream(key: keys[1], negative: true)]
    #expect(try streams(undone, count: count).allSatisfy { $0 == 0 })
  }

  private func streams(_ streams: [MaskStream], count: Int) throws -> [Int64] {
    var values = [Int64](repeating: 0, count: count)
    try values.withUnsafeMutableBufferPointer { try MaskStream.add(streams, to: $0) }
    return values
  }

  @Test func anyThresholdOfSharesGivesTheSecret() {
    var random = Counting()
    let secret: [UInt8] = [0, 1, 77, 255]
    let shares = SecretSharing.split(secret, into: 6, threshold: 3, using: &random)
    for a in 0..<6 {
      for b in (a + 1)..<6 {
        for c in (b + 1)..<6 {
          #expect(SecretSharing.join([shares[c], shares[a], shares[b]]) == secret)
        }
      }
    }
  }

  @Test func fewerSharesSayNothing() {
    // Whatever the secret, two of three shares take every pair of values equally often: here one share
    // of a threshold of two, over all 256 polynomials.
    for secret in [UInt8(0), 9, 200] {
      var seen = Set<UInt8>()
      for coefficient in UInt8.min...UInt8.max {
        var random = Fixed(value: coefficient)
        let shares = SecretSharing.split([secret], into: 2, threshold: 2, using: &random)
        seen.insert(shares[0].bytes[0])
      }
      #expect(seen.count == 256)
    }
  }

  /// Two of three shares over all polynomials of degree two: every pair of values, whatever the secret.
  @Test func twoSharesOfThreeSayNothing() {
    for secret in [UInt8(0), 201] {
      var seen = Set<[UInt8]>()
      for number in 0..<(1 << 16) {
        var random = Turns(values: [UInt8(number & 255), UInt8(number >> 8)])
        let shares = SecretSharing.split([secret], into: 3, threshold: 3, using: &random)
        seen.insert([shares[0].bytes[0], shares[2].bytes[0]])
      }
      #expect(seen.count == 1 << 16)
    }
  }

  /// A generator that gives its bytes one after the other.
  private struct Turns: RandomNumberGenerator {
    var values: [UInt8]
    mutating func next() -> UInt64 {
      values.append(values.removeFirst())
      return UInt64(values[values.count - 1]) &* 0x0101_0101_0101_0101
    }
  }

  /// A generator that always gives the same byte.
  private struct Fixed: RandomNumberGenerator {
    let value: UInt8
    func next() -> UInt64 { UInt64(value) &* 0x0101_0101_0101_0101 }
  }

  @Test func sumsThatMightOverflowAreRefused() {
    // The ring has 64 bits: n (2^bits - 1) must fit.
    #expect(throws: FederationError.self) { try FixedPoint().check(totalWeight: 1 << 40) }
  }
}
