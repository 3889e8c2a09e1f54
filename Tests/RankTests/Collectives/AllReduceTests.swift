import Collectives
import MPI
import Testing

extension Ranks {
  @Suite struct AllReduce {
    let sizes = [0, 1, 3, 1000, 1_000_001]

    // MARK: Exactly the sum

    @Test(arguments: AlgorithmChoice.allCases, ElementChoice.allCases)
    func givesTheSum(algorithm: AlgorithmChoice, element: ElementChoice) throws {
      switch element {
      case .float32: try expectSums(algorithm, Float.self)
      case .float64: try expectSums(algorithm, Double.self)
      case .float16: try expectSums(algorithm, Float16.self)
      case .bfloat16: try expectSums(algorithm, BFloat16.self)
      case .int32: try expectSums(algorithm, Int32.self)
      case .int64: try expectSums(algorithm, Int64.self)
      }
    }

    private func expectSums<Element: Summable>(
      _ algorithm: AlgorithmChoice, _ type: Element.Type
    ) throws {
      let reducer = try algorithm.make(type)
      let (rank, size) = (reducer.communicator.rank, reducer.communicator.size)
      for count in sizes {
        Ranks.step("\(count) elements")
        let mine = whole(type, rank: rank, count: count)
        let expected = wholeSum(type, size: size, count: count)
        var values = mine
        try reducer.sum(&values)
        #expect(values == expected, "\(count) elements")

        Ranks.step("\(count) elements in the algorithm's memory")
        guard let memory = try reducer.memory(count: count) else { continue }
        _ = memory.update(from: mine)
        try reducer.sum(memory)
        #expect(Array(memory) == expected, "\(count) elements in the algorithm's memory")
      }
    }

    @Test(arguments: AlgorithmChoice.allCases)
    func givesTheMeanOfFloats(algorithm: AlgorithmChoice) throws {
      let reducer = try algorithm.make(Float.self)
      let (rank, size) = (reducer.communicator.rank, reducer.communicator.size)
      for count in [1, 2, 5, 65_537] {
        Ranks.step("\(count) elements")
        var values = whole(Float.self, rank: rank, count: count)
        try reducer.mean(&values)
        // The sums are exact, so they and their product with 1 / size have one value only.
        let scale = 1 / Float(size)
        #expect(values == wholeSum(size: size, count: count).map { $0 * scale }, "\(count)")
      }
    }

    // MARK: The same bits

    @Test(arguments: AlgorithmChoice.allCases)
    func givesTheSameBitsToAllRanksAndTwiceInARow(algorithm: AlgorithmChoice) throws {
      let reducer = try algorithm.make(Float.self)
      for count in [1001, 100_003] {
        let mine = noise(leaf: reducer.communicator.rank, count: count)
        var (first, second) = (mine, mine)
        try reducer.mean(&first)
        try reducer.mean(&second)
        #expect(bits(first) == bits(second))
        try reducer.communicator.broadcast(&second)
        #expect(bits(first) == bits(second))
      }
    }

    @Test(arguments: AlgorithmChoice.allCases)
    func halvesHaveTheSameBitsOnAllRanks(algorithm: AlgorithmChoice) throws {
      let reducer = try algorithm.make(BFloat16.self)
      var first = noise(leaf: reducer.communicator.rank, count: 10_003).map { BFloat16($0) }
      var second = first
      try reducer.mean(&first)
      try reducer.mean(&second)
      #expect(bytes(first) == bytes(second))
      try reducer.communicator.broadcast(&second)
      #expect(bytes(first) == bytes(second))
    }

    @Test(arguments: AlgorithmChoice.allCases)
    func staysWithinAFewUnitsOfTheLibrary(algorithm: AlgorithmChoice) throws {
      let reducer = try algorithm.make(Float.self)
      let (rank, size) = (reducer.communicator.rank, reducer.communicator.size)
      var values = noise(leaf: rank, count: 100_003)
      var native = values
      try reducer.sum(&values)
      try Native<Float>(on: reducer.communicator).sum(&native)
      // Each of the two sums of P values of at most 1 is off by no more than P^2 half units of 1.
      let bound = Float(size * size) * Float.ulpOfOne
      #expect(zip(values, native).allSatisfy { abs($0 - $1) <= bound })
    }

    @Test(arguments: AlgorithmChoice.allCases)
    func halvesAreAddedUpInSingles(algorithm: AlgorithmChoice) throws {
      let reducer = try algorithm.make(BFloat16.self)
      let (rank, size) = (reducer.communicator.rank, reducer.communicator.size)
      var values = noise(leaf: rank, count: 1003).map { BFloat16($0) }
      let exact = (0..<1003).map { index in
        (0..<size).reduce(Float(0)) { $0 + Float(BFloat16(noise(leaf: $1, count: 1003)[index])) }
      }
      try reducer.sum(&values)
      // A sum that travels is rounded at every hop, to 8 bits of at most `size`.
      let bound = Float(size * size) / 256
      #expect(zip(values, exact).allSatisfy { abs(Float($0) - $1) <= bound })
    }
  }
}
