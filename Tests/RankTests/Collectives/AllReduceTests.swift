import Collectives
import MPI
import Testing

/// The algorithms that must agree with each other.
enum AlgorithmChoice: String, CaseIterable, Sendable {
  case native, ring, ringOfSmallSegments, tree, treeOfSmallSegments

  func make<Element: Summable>(
    _ type: Element.Type, on communicator: Communicator = Ranks.world
  ) throws -> any AllReduceAlgorithm<Element> {
    switch self {
    case .native: try Native<Element>(on: communicator)
    case .ring: try Ring<Element>(on: communicator)
    case .ringOfSmallSegments: try Ring<Element>(on: communicator, segmentBytes: 1000, depth: 3)
    case .tree: try OrderedTree<Element>(on: communicator)
    case .treeOfSmallSegments: try OrderedTree<Element>(on: communicator, segmentBytes: 1000)
    }
  }
}

extension Ranks {
  @Suite struct AllReduce {
    let world = Ranks.world
    let sizes = [0, 1, 2, 3, 5, 1000, 65_537, 1_000_001]

    @Test(arguments: AlgorithmChoice.allCases)
    func givesTheSumOfIntegers(algorithm: AlgorithmChoice) throws {
      let reducer = try algorithm.make(Int32.self)
      for count in sizes {
        Ranks.step("\(count) elements")
        var values = pattern(Int32.self, rank: world.rank, count: count)
        try reducer.sum(&values)
        #expect(values == patternSum(Int32.self, size: world.size, count: count), "\(count)")
      }
    }

    @Test(arguments: AlgorithmChoice.allCases)
    func givesTheMeanOfFloats(algorithm: AlgorithmChoice) throws {
      let reducer = try algorithm.make(Float.self)
      let scale = 1 / Float(world.size)
      for count in sizes {
        Ranks.step("\(count) elements")
        var values = pattern(Float.self, rank: world.rank, count: count)
        try reducer.mean(&values)
        // The sums are small integers, so they and their product with 1 / size have one value only.
        let expected = patternSum(Float.self, size: world.size, count: count).map { $0 * scale }
        #expect(values == expected, "\(count)")
      }
    }

    @Test(arguments: AlgorithmChoice.allCases)
    func givesTheSumOfDoubles(algorithm: AlgorithmChoice) throws {
      let reducer = try algorithm.make(Double.self)
      var values = pattern(Double.self, rank: world.rank, count: 10_007)
      try reducer.sum(&values)
      #expect(values == patternSum(Double.self, size: world.size, count: 10_007))
    }

    @Test(arguments: AlgorithmChoice.allCases)
    func givesTheSameBitsToAllRanksAndTwiceInARow(algorithm: AlgorithmChoice) throws {
      let reducer = try algorithm.make(Float.self)
      let mine = noise(leaf: world.rank, count: 100_003)
      var (first, second) = (mine, mine)
      try reducer.mean(&first)
      try reducer.mean(&second)
      #expect(bits(first) == bits(second))
      try world.broadcast(&second)
      #expect(bits(first) == bits(second))
    }

    @Test func ringStaysWithinAFewUnitsOfTheLibrary() throws {
      let mine = noise(leaf: world.rank, count: 100_003)
      var (ring, native) = (mine, mine)
      try Ring<Float>(on: world).sum(&ring)
      try Native<Float>(on: world).sum(&native)
      // Each of the two sums of P values of at most 1 is off by no more than P^2 half units of 1.
      let bound = Float(world.size * world.size) * Float.ulpOfOne
      #expect(zip(ring, native).allSatisfy { abs($0 - $1) <= bound })
    }
  }
}

/// Values in -1..<1 whose sums depend on the order.
func noise(leaf: Int, count: Int) -> [Float] {
  var state = UInt32(truncatingIfNeeded: leaf &* 7919 &+ 17)
  return (0..<count).map { _ in
    state = state &* 1_664_525 &+ 1_013_904_223
    return Float(Int32(bitPattern: state)) / Float(1 << 31)
  }
}

/// The values as integers, so that zeros of both signs differ.
func bits(_ values: [Float]) -> [UInt32] { values.map(\.bitPattern) }
