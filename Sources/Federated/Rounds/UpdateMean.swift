import CKernels
public import Engine
public import MPI

// Note [A mean in the place of its updates]
//
// Where every rank has one update, as every silo has, nothing has to be added up before ranks meet. On
// one node updates lie in memory that the ranks share. Rank r takes slice r of all of them, a block at a
// time, adds the block up as integers in its cache, and writes the mean where the updates were:
//
//     P = 2      slice 0             slice 1
//     rank 0     a0 ─┐   ┌─> m0      a1 ─┐   ┌─> m1
//                    ├ 0 ┤               ├ 1 ┤              r: on rank r
//     rank 1     b0 ─┘   └─> m0      b1 ─┘   └─> m1
//
// Every update is read once and written once, and a rank needs one copy of the model and a block of
// integers, whatever the number of ranks. On several nodes blocks are added up by MPI instead: the same
// copy, the same bits.

/// The weighted mean of one update of each rank, computed in the place of the updates: the bits of an
/// ``UpdateSum``, without its memory.
public final class UpdateMean {
  /// This rank's update before ``average(weight:)``, the mean after it. Shared memory lasts as long as
  /// the process.
  public let memory: FloatMemory

  /// Elements that are added up at a time: integers and floats stay in the second cache.
  private static let block = 1 << 14
  /// The same where messages carry them.
  private static let message = 1 << 20

  private let fixedPoint: FixedPoint
  private let communicator: Communicator
  private let window: SharedWindow<Float>?
  /// Where the updates of all ranks begin; of this rank alone if the ranks share no memory.
  private let updates: [UnsafeMutablePointer<Float>]
  private let integers: UnsafeMutablePointer<Int64>
  private let length: Int

  /// Makes room for updates of `count` floats, at least one, all zero. Collective, blocking.
  ///
  /// - Parameter sharesMemory: Whether the ranks of one node do; the bits are the same.
  /// - Throws: `MPIError` if `/dev/shm` is too small for the updates of a node.
  public init(
    count: Int, fixedPoint: FixedPoint, on communicator: Communicator, sharesMemory: Bool = true
  ) throws(MPIError) {
    self.fixedPoint = fixedPoint
    self.communicator = try communicator.duplicate()
    let nodeSize = try communicator.node().size
    let isOneNode = sharesMemory && nodeSize == communicator.size
    let window = isOneNode ? try SharedWindow<Float>(on: self.communicator, count: count) : nil
    memory = window.map { FloatMemory(borrowing: $0.local) } ?? FloatMemory(count: count)
    let segments = window.map { window in
      (0..<communicator.size).compactMap { window.segment(of: $0).baseAddress }
    }
    updates = segments ?? [memory.base]
    length = min(count, isOneNode ? Self.block : Self.message)
    integers = .allocate(capacity: length)
    self.window = window
  }

  deinit { integers.deallocate() }

  /// Replaces the update of every rank by the mean of all, weighted, and returns how many elements were
  /// cut to the limit. Without any weight updates stay as they are. Collective, blocking.
  ///
  /// - Parameter weight: How often this rank's update counts; with 0 its elements are not looked at.
  public func average(weight: Int64) throws(MPIError) -> Int {
    let weights = try communicator.allGather([weight])
    let total = weights.reduce(0, +)
    guard total > 0 else { return 0 }
    let factor = 1 / (Double(total) * fixedPoint.scale)
    let cut =
      if let window {
        try average(in: window, weights, factor)
      } else {
        try averageByMessages(weight, factor)
      }
    return Int(try communicator.allReduce(Int64(cut), .sum))
  }

  private func average(
    in window: SharedWindow<Float>, _ weights: [Int64], _ factor: Double
  ) throws(MPIError) -> Int {
    let ranks = weights.count
    let slice =
      communicator.rank * memory.count / ranks..<(communicator.rank + 1) * memory.count / ranks
    var cut = 0
    try window.synchronize()
    for start in stride(from: slice.lowerBound, to: slice.upperBound, by: length) {
      let count = min(length, slice.upperBound - start)
      integers.initialize(repeating: 0, count: count)
      for rank in 0..<ranks where weights[rank] > 0 {
        cut += add(updates[rank] + start, count, weights[rank])
      }
      let mean = memory.base + start
      ck_fixed_mean(mean, integers, count, factor)
      for rank in 0..<ranks where rank != communicator.rank {
        (updates[rank] + start).update(from: mean, count: count)
      }
    }
    try window.synchronize()
    return cut
  }

  private func averageByMessages(_ weight: Int64, _ factor: Double) throws(MPIError) -> Int {
    var cut = 0
    for start in stride(from: 0, to: memory.count, by: length) {
      let count = min(length, memory.count - start)
      integers.initialize(repeating: 0, count: count)
      if weight > 0 { cut += add(memory.base + start, count, weight) }
      try communicator.allReduce(
        UnsafeMutableBufferPointer(start: integers, count: count), .sum)
      ck_fixed_mean(memory.base + start, integers, count, factor)
    }
    return cut
  }

  /// Adds a block of an update to the integers.
  private func add(_ update: UnsafePointer<Float>, _ count: Int, _ weight: Int64) -> Int {
    ck_fixed_add(integers, update, count, fixedPoint.scale, fixedPoint.limit, weight)
  }
}
