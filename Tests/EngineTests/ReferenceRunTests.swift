import Engine
import Graph
import Randomness
import Testing

/// What the reference evaluates, rounds and refuses.
@Suite struct ReferenceRunTests {
  private let graph = TensorGraph()

  @Test func onlyWhatIsFetchedNeedsItsLeaves() throws {
    let x = graph.input("x", TensorType([2]))
    _ = try graph.input("unfed", TensorType([2]))(.relu)
    let y = try x.scaled(by: 2)
    let found = try ReferenceBackend().run(
      graph, inputs: ["x": .float32([1, 2])], parameters: [:], fetching: [y, x])
    #expect(found == [.float32([2, 4]), .float32([1, 2])])
  }

  @Test func integersAreFetchedAsTheyAre() throws {
    let labels = graph.input("labels", TensorType([2], .int32))
    let found = try ReferenceBackend().run(
      graph, inputs: ["labels": .int32([3, -1])], parameters: [:], fetching: [labels])
    #expect(found == [.int32([3, -1])])
  }

  /// (1 + 2^-30) - 1 is 0 if 1 + 2^-30 is rounded to `Float` on the way.
  @Test(arguments: [(ReferenceBackend.Precision.single, 0), (.double, 0x1p-30)])
  func precisionSaysWhatIsKeptBetweenOps(
    _ precision: ReferenceBackend.Precision, _ wanted: Double
  ) throws {
    let x = graph.input("x", TensorType([]))
    let one = graph.constant(1)
    let found = try ReferenceBackend(precision: precision).runUnrounded(
      graph, reals: ["x": [0x1p-30]], parameters: [:], fetching: [try (x + one) - one])
    #expect(found == [[wanted]])
  }

  @Test func dropoutFollowsTheKeys() throws {
    let x = graph.input("x", TensorType([2, 6]))
    let keys = graph.input("keys", TensorType([2, 2], .int32))
    let y = try x.dropout(rate: 0.25, keys: keys, salt: 9)
    let found = try ReferenceBackend().run(
      graph,
      inputs: ["x": .float32([Float](repeating: 3, count: 12)), "keys": .int32([1, -2, 3, 4])],
      parameters: [:], fetching: [y])
    var wanted: [Float] = []
    for key in [(1, UInt32(bitPattern: -2)), (3, 4)] as [(UInt32, UInt32)] {
      let a = CounterRandom.philox(counter: (0, 9, 0, 0), key: key)
      let b = CounterRandom.philox(counter: (1, 9, 0, 0), key: key)
      wanted += [a.0, a.1, a.2, a.3, b.0, b.1].map { $0 >= 0x4000_0000 ? 4 : 0 }
    }
    #expect(found == [.float32(wanted)])
  }

  @Test func dropoutKeepsItsShareAndMean() throws {
    let count = 20_000
    let x = graph.input("x", TensorType([1, count]))
    let keys = graph.input("keys", TensorType([1, 2], .int32))
    let found = try ReferenceBackend().run(
      graph,
      inputs: [
        "x": .float32([Float](repeating: 1, count: count)), "keys": .int32([7, 11]),
      ],
      parameters: [:], fetching: [try x.dropout(rate: 0.3, keys: keys, salt: 0)])[0].floats
    // Five standard errors: 5 * sqrt(0.3 * 0.7 / 20000) = 0.016.
    let dropped = Double(found.count { $0 == 0 }) / Double(count)
    #expect(abs(dropped - 0.3) < 0.0163)
    #expect(Set(found).sorted() == [0, 1 / 0.7])
  }

  // MARK: - Refusals

  private func reason(
    inputs: [String: HostArray] = [:], parameters: [String: [Float]] = [:], fetching: [Tensor]
  ) -> String? {
    #expect(throws: ReferenceError.self) {
      try ReferenceBackend().run(
        graph, inputs: inputs, parameters: parameters, fetching: fetching)
    }?.description
  }

  @Test func missingInputIsNamed() {
    let x = graph.withScope("stem") { graph.input("x", TensorType([2])) }
    #expect(reason(fetching: [x]) == "stem: input x: has no float32 value")
  }

  @Test func wrongElementTypeIsNamed() {
    let labels = graph.input("labels", TensorType([2], .int32))
    #expect(
      reason(inputs: ["labels": .float32([1, 2])], fetching: [labels])
        == "input labels: has no int32 value")
  }

  @Test func wrongCountIsNamed() throws {
    let weight = try graph.parameter("weight", [2, 3], .zeros)
    #expect(
      reason(parameters: ["weight": [1, 2]], fetching: [weight])
        == "parameter weight: float32 2x3 has 6 elements, got 2")
  }

  @Test func labelOutOfRangeIsNamed() throws {
    let x = graph.input("x", TensorType([2, 3]))
    let labels = graph.input("labels", TensorType([2], .int32))
    let loss = try x.softmaxCrossEntropy(labels: labels)
    let scores = HostArray.float32([Float](repeating: 0, count: 6))
    #expect(
      reason(inputs: ["x": scores, "labels": .int32([0, 3])], fetching: [loss])
        == "softmax cross-entropy: label 3 of sample 1 is not in 0..<3")
  }

  @Test func tensorOfAnotherGraphIsRefused() {
    #expect(reason(fetching: [TensorGraph().constant(1)])?.contains("another graph") == true)
  }
}
