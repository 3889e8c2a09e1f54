import Federated
import Testing

/// A thousand samples of ten classes, in an order that mixes them.
private let labels = SampleLabels(
  count: 1000, classes: (0..<1000).map { Int32($0 * 7 % 10) }, classCount: 10)

private let all: [any Partitioner] = [
  IIDPartitioner(), SortedPartitioner(), DirichletPartitioner(), QuantityPartitioner(),
  ClassPartitioner(),
]

@Suite struct PartitionerTests {
  @Test(arguments: all.indices) func everySampleHasOneClient(index: Int) throws {
    let parts = try all[index].parts(of: labels, clients: 20, seed: 3)
    #expect(parts.count == 20)
    #expect(parts.flatMap { $0 }.sorted() == Array(0..<1000))
  }

  @Test(arguments: all.indices) func theSeedAloneDecides(index: Int) throws {
    let first = try all[index].parts(of: labels, clients: 20, seed: 3)
    #expect(try all[index].parts(of: labels, clients: 20, seed: 3) == first)
    #expect(try all[index].parts(of: labels, clients: 20, seed: 4) != first)
  }

  @Test func iidSizesDifferByAtMostOne() throws {
    let sizes = try IIDPartitioner().parts(of: labels, clients: 17, seed: 1).map(\.count)
    #expect(Set(sizes) == [58, 59])
  }

  @Test func twoRunsHoldAtMostFourClasses() throws {
    // 40 runs of 25: a run of the sorted data touches one class, or two at a border.
    for part in try SortedPartitioner(perClient: 2).parts(of: labels, clients: 20, seed: 1) {
      #expect(part.count == 50)
      #expect(labels.counts(of: part).filter { $0 > 0 }.count <= 4)
    }
  }

  @Test func clientsHaveTheirNumberOfClasses() throws {
    for part in try ClassPartitioner(perClient: 3).parts(of: labels, clients: 20, seed: 1) {
      #expect(labels.counts(of: part).filter { $0 > 0 }.count == 3)
    }
  }

  @Test func smallAlphaSpreadsClassesLessEvenlyThanLarge() throws {
    func largestShare(_ alpha: Double) throws -> Double {
      let parts = try DirichletPartitioner(alpha: alpha).parts(of: labels, clients: 10, seed: 1)
      let shares = parts.map { Double(labels.counts(of: $0).max() ?? 0) / Double($0.count) }
      return shares.reduce(0, +) / 10
    }
    #expect(try largestShare(0.1) > 0.5)
    #expect(try largestShare(100) < 0.2)
  }

  @Test func minimumHolds() throws {
    let dirichlet = DirichletPartitioner(alpha: 0.3, minimum: 20)
    #expect(try dirichlet.parts(of: labels, clients: 10, seed: 1).allSatisfy { $0.count >= 20 })
    let quantity = QuantityPartitioner(alpha: 0.1, minimum: 20)
    #expect(try quantity.parts(of: labels, clients: 10, seed: 1).allSatisfy { $0.count >= 20 })
  }

  @Test func whatCannotBeDealtIsRefused() {
    #expect(throws: FederationError.self) {
      try DirichletPartitioner(alpha: 0.01, minimum: 99).parts(of: labels, clients: 10, seed: 1)
    }
    #expect(throws: FederationError.self) {
      try IIDPartitioner().parts(of: labels, clients: 1001, seed: 1)
    }
    #expect(throws: FederationError.self) {
      try SortedPartitioner().parts(of: SampleLabels(count: 1000), clients: 10, seed: 1)
    }
    #expect(throws: FederationError.self) {
      try ClassPartitioner(perClient: 11).parts(of: labels, clients: 10, seed: 1)
    }
  }

  @Test func attributesBecomeClientsInAscendingOrder() {
    let clients = GivenPartition(values: [7, 3, 7, 5], attribute: "speaker").clients
    #expect(clients.map(\.name) == ["speaker 3", "speaker 5", "speaker 7"])
    #expect(clients.map(\.samples) == [[1], [3], [0, 2]])
  }

  @Test func filesBecomeClients() {
    let clients = GivenPartition(files: ["a", "b"], starts: [0, 3], count: 5).clients
    #expect(clients.map(\.samples) == [[0, 1, 2], [3, 4]])
  }

  @Test func tableCountsClasses() {
    let labels = SampleLabels(count: 4, classes: [0, 1, 1, 0], classCount: 2)
    let clients = [
      Client(id: 0, name: "a", samples: [0, 3]), Client(id: 1, name: "b", samples: [1, 2, 0]),
    ]
    let table = PartitionTable(clients, labels, classNames: ["x", "y"])
    #expect(table.text == "client  samples  x  y\na             2  2  0\nb             3  1  2")
    #expect(table.plot(width: 6) == "a  aaaa\nb  aabbbb\na x, b y")
  }
}
