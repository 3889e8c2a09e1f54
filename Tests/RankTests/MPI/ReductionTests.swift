import MPI
import Testing

extension Ranks {
  @Suite struct Reductions {
    let world = Ranks.world

    @Test(arguments: Counting.allCases)
    func allReduceGivesTheSumToAll(counting: Counting) throws {
      let world = try counting.communicator()
      for count in counting.sizes {
        Ranks.step("\(count) elements")
        var values = pattern(Float.self, rank: world.rank, count: count)
        try world.allReduce(&values, .sum)
        #expect(values == patternSum(Float.self, size: world.size, count: count))
      }
    }

    @Test(arguments: Counting.allCases)
    func allReduceOutOfPlaceLeavesTheSource(counting: Counting) throws {
      let world = try counting.communicator()
      for count in counting.sizes {
        let source = pattern(Int32.self, rank: world.rank, count: count)
        var target = [Int32](repeating: 0, count: count)
        try source.withUnsafeBufferPointer { source in
          try target.withUnsafeMutableBufferPointer { try world.allReduce(source, into: $0, .sum) }
        }
        #expect(target == patternSum(Int32.self, size: world.size, count: count))
        #expect(source == pattern(Int32.self, rank: world.rank, count: count))
      }
    }

    @Test(arguments: Counting.allCases)
    func startedAllReduceGivesTheSumToAll(counting: Counting) throws {
      let world = try counting.communicator()
      for count in counting.sizes {
        let buffer = Buffer(pattern(Double.self, rank: world.rank, count: count))
        let request = try world.startAllReduce(buffer, .sum)
        #expect(
          try request.wait().array() == patternSum(Double.self, size: world.size, count: count))
      }
    }

    @Test(arguments: Counting.allCases)
    func reduceGivesTheSumToTheRootOnly(counting: Counting) throws {
      let world = try counting.communicator()
      for root in 0..<world.size {
        for count in counting.sizes {
          let before = pattern(Int64.self, rank: world.rank, count: count)
          var values = before
          try world.reduce(&values, .sum, to: root)
          let sum = patternSum(Int64.self, size: world.size, count: count)
          #expect(values == (world.rank == root ? sum : before))
        }
      }
    }

    @Test func everyReductionMeansWhatItSays() throws {
      let value = world.rank + 1
      let all = (0..<world.size).map { $0 + 1 }
      let expected: [(Reduction, Int)] = [
        (.sum, all.reduce(0, +)), (.product, all.reduce(1, *)), (.minimum, 1),
        (.maximum, world.size), (.logicalAnd, 1), (.logicalOr, 1), (.logicalXor, world.size % 2),
        (.bitwiseAnd, all.reduce(-1, &)), (.bitwiseOr, all.reduce(0, |)),
        (.bitwiseXor, all.reduce(0, ^)),
      ]
      #expect(expected.count == Reduction.allCases.count)
      for (reduction, result) in expected {
        #expect(try world.allReduce(value, reduction) == result, "\(reduction)")
      }
    }

    @Test func everyElementTypeIsSummed() throws {
      func check<Element: MPIScalar & Numeric>(_ type: Element.Type) throws {
        let sum = try world.allReduce(1 as Element, .sum)
        #expect(sum == Element(exactly: world.size), "\(type)")
      }
      try check(Int8.self)
      try check(Int16.self)
      try check(Int32.self)
      try check(Int64.self)
      try check(Int.self)
      try check(UInt8.self)
      try check(UInt16.self)
      try check(UInt32.self)
      try check(UInt64.self)
      try check(UInt.self)
      try check(Float.self)
      try check(Double.self)
    }

    @Test func bitwiseReductionOfFloatsIsAnError() throws {
      let own = try world.duplicate()
      let error = #expect(throws: MPIError.self) { try own.allReduce(1 as Float, .bitwiseAnd) }
      #expect(error?.code == .MPI_ERR_OP)
    }

    @Test(arguments: Counting.allCases)
    func scanSumsUpToTheRank(counting: Counting) throws {
      let world = try counting.communicator()
      for count in counting.sizes {
        var values = pattern(Int32.self, rank: world.rank, count: count)
        try world.scan(&values, .sum)
        #expect(values == patternSum(Int32.self, size: world.rank + 1, count: count))
      }
    }

    @Test(arguments: Counting.allCases)
    func exclusiveScanSumsTheRanksBefore(counting: Counting) throws {
      let world = try counting.communicator()
      for count in counting.sizes {
        let before = pattern(Int32.self, rank: world.rank, count: count)
        var values = before
        try world.exclusiveScan(&values, .sum)
        let sum = patternSum(Int32.self, size: world.rank, count: count)
        #expect(values == (world.rank == 0 ? before : sum))
      }
    }

    @Test(arguments: Counting.allCases)
    func reduceScatterLeavesEachRankItsBlock(counting: Counting) throws {
      let world = try counting.communicator()
      for scale in [0, 1, 100] {
        let counts = unevenCounts(world.size, scale: scale)
        let places = counts.indices.map { counts[..<$0].reduce(0, +) }
        let values = pattern(Float.self, rank: world.rank, count: counts.reduce(0, +))
        let block = try world.reduceScatter(values, counts: counts, .sum)
        let sum = patternSum(Float.self, size: world.size, count: values.count)
        #expect(block == Array(sum[places[world.rank]...].prefix(counts[world.rank])))
      }
    }

    @Test func targetOfTheWrongSizeIsAnError() throws {
      var target = [Int32](repeating: 0, count: 2)
      let error = #expect(throws: MPIError.self) {
        try [Int32](repeating: 0, count: 3).withUnsafeBufferPointer { source in
          try target.withUnsafeMutableBufferPointer { try world.allReduce(source, into: $0, .sum) }
        }
      }
      #expect(error?.code == .MPI_ERR_BUFFER)
    }
  }
}
