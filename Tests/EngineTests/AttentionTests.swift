import Engine
import Graph
import Testing

/// What attention promises beside its numbers.
@Suite struct AttentionTests {
  /// One tile, and several of them.
  @Test(arguments: [7, 64, 200]) func laterStepsDoNotReachEarlierOnes(steps: Int) throws {
    let (heads, width) = (2, 8)
    let row = 3 * heads * width
    let graph = TensorGraph()
    let x = graph.input("x", TensorType([1, steps, row]))
    let y = try x.attended(heads: heads, isCausal: true)
    let executor = try Executor(Plan(graph, fetching: [y]))
    var values = Leaf.input("x", x.shape).values(of: "leak").floats
    try executor.setInput("x", values)
    try executor.run()
    let before = Array(try #require(executor.value(of: y)))
    for changed in [steps - 1, steps / 2, 1] {
      for place in changed * row..<(changed + 1) * row { values[place] = 1e6 }
      try executor.setInput("x", values)
      try executor.run()
      let after = Array(try #require(executor.value(of: y)))
      let earlier = changed * heads * width
      #expect(after[..<earlier].map(\.bitPattern) == before[..<earlier].map(\.bitPattern))
      #expect(after[earlier...] != before[earlier...])
    }
  }

  @Test func maskedStepsDoNotReachOthers() throws {
    let graph = TensorGraph()
    let x = graph.input("x", TensorType([1, 6, 12]))
    let y = try x.attended(
      heads: 2, isCausal: false, mask: graph.input("mask", TensorType([1, 6])))
    let executor = try Executor(Plan(graph, fetching: [y]))
    var values = Leaf.input("x", x.shape).values(of: "mask").floats
    try executor.setInput("mask", [1, 1, 1, 1, 0, 0] as [Float])
    try executor.setInput("x", values)
    try executor.run()
    let before = Array(try #require(executor.value(of: y)))
    for place in 4 * 12..<6 * 12 { values[place] = -5 }
    try executor.setInput("x", values)
    try executor.run()
    let after = Array(try #require(executor.value(of: y)))
    #expect(after[..<16].map(\.bitPattern) == before[..<16].map(\.bitPattern))
  }

  @Test func rowThatSeesNothingIsZero() throws {
    let built = try OpCase("nothing seen", [.input("x", [2, 3, 6]), .input("mask", [2, 3])]) {
      try $0[0].attended(heads: 1, isCausal: false, mask: $0[1])
    }.built()
    let gradient = built.gradients[0].tensor
    let executor = try Executor(Plan(built.graph, fetching: [built.results[0], gradient]))
    try executor.setInput("x", [Float](repeating: 0.5, count: 36))
    try executor.setInput("projection", [Float](repeating: 1, count: 12))
    try executor.setInput("mask", [0, 0, 0, 1, 1, 1] as [Float])
    try executor.run()
    #expect(try #require(executor.value(of: built.results[0]))[..<6].allSatisfy { $0 == 0 })
    #expect(try #require(executor.value(of: gradient))[..<18].allSatisfy { $0 == 0 })
  }

  /// Memory grows with the number of steps, not with its square.
  @Test func scoresAreNeverStored() throws {
    func arena(_ steps: Int) throws -> Int {
      let built = try OpCase.attention(1, steps, heads: 8, width: 4, isCausal: true).built()
      return try Plan(built.graph, fetching: built.gradients.map(\.tensor)).report.arenaBytes
    }
    let (small, large) = (try arena(1024), try arena(4096))
    #expect(large <= 4 * small)
  }
}
