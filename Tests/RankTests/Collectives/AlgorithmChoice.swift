import Collectives
import MPI
import Testing

/// The algorithms that must agree with each other, also with segments so small that every loop
/// turns more than once, though not so small that more ranks than cores take minutes.
enum AlgorithmChoice: String, CaseIterable, Sendable {
  case native, ring, ringOfSmallSegments, tree, treeOfSmallSegments
  case window, windowOfSmallPieces, windowWithoutDirect, windowTree
  case doubling, doublingOfSmallSegments, halving, halvingOfSmallSegments
  case hierarchical, hierarchicalOfPairs, hierarchicalOfUnevenNodes, hierarchicalOfSmallPieces
  case auto, autoOfPairs

  func make<Element: Summable>(
    _ type: Element.Type, on communicator: Communicator = Ranks.world
  ) throws -> any AllReduceAlgorithm<Element> {
    switch self {
    case .native: try Native<Element>(on: communicator)
    case .ring: try Ring<Element>(on: communicator)
    case .ringOfSmallSegments: try Ring<Element>(on: communicator, segmentBytes: 1000, depth: 3)
    case .tree: try OrderedTree<Element>(on: communicator)
    case .treeOfSmallSegments: try OrderedTree<Element>(on: communicator, segmentBytes: 1000)
    case .window: try SharedWindowAllReduce<Element>(on: communicator.node())
    case .windowOfSmallPieces:
      try SharedWindowAllReduce<Element>(
        on: communicator.node(), stagingBytes: 10_000, directBytes: 100)
    case .windowWithoutDirect:
      try SharedWindowAllReduce<Element>(on: communicator.node(), directBytes: 0)
    case .windowTree: try WindowTree<Element>(on: communicator.node())
    case .doubling: try RecursiveDoubling<Element>(on: communicator)
    case .doublingOfSmallSegments:
      try RecursiveDoubling<Element>(on: communicator, segmentBytes: 1000, depth: 3)
    case .halving: try HalvingDoubling<Element>(on: communicator)
    case .halvingOfSmallSegments:
      try HalvingDoubling<Element>(on: communicator, segmentBytes: 1000, depth: 3)
    case .hierarchical: try Hierarchical<Element>(on: communicator)
    case .hierarchicalOfPairs:
      try Hierarchical<Element>(on: communicator, nodeColor: communicator.rank / 2)
    case .hierarchicalOfUnevenNodes:
      // One rank, then three on each node.
      try Hierarchical<Element>(on: communicator, nodeColor: (communicator.rank + 2) / 3)
    case .hierarchicalOfSmallPieces:
      try Hierarchical<Element>(
        on: communicator, nodeColor: communicator.rank % 2, stagingBytes: 50_000)
    case .auto: try Automatic<Element>(on: communicator)
    case .autoOfPairs: try Automatic<Element>(on: communicator, nodeColor: communicator.rank / 2)
    }
  }
}

/// An element type of the cross product.
enum ElementChoice: String, CaseIterable, Sendable {
  case float32, float64, float16, bfloat16, int32, int64
}

/// Small integers: all their sums, in any order, are exact in every type.
func whole<Element: Summable>(
  _ type: Element.Type = Element.self, rank: Int, count: Int
) -> [Element] {
  (0..<count).map { Element(exactly: ($0 * 7 + rank * 5) % 13) ?? 0 }
}

/// The sum of `whole` over ranks.
func wholeSum<Element: Summable>(
  _ type: Element.Type = Element.self, size: Int, count: Int
) -> [Element] {
  // It repeats every 13 elements.
  let period = (0..<13).map { index -> Element in
    Element(exactly: (0..<size).reduce(0) { $0 + (index * 7 + $1 * 5) % 13 }) ?? 0
  }
  return (0..<count).map { period[$0 % 13] }
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

/// The bytes of the values.
func bytes<Element: BitwiseCopyable>(_ values: [Element]) -> [UInt8] {
  values.withUnsafeBytes { Array($0) }
}
