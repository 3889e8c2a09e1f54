import CKernels
import Collectives
public import MPI

/// The sum of the updates of one round: integers, added by each rank as clients end, then over ranks.
///
///     | vector 0 | vector 1 ... | scalars |        one Int64 an element
///
/// See Note [Sums without an order].
public final class UpdateSum {
  /// How updates become integers.
  public let fixedPoint: FixedPoint
  /// Elements of each vector.
  public let counts: [Int]
  /// Numbers beside the vectors, such as the sum of weights.
  public let scalarCount: Int
  /// The integers.
  public let memory: UnsafeMutableBufferPointer<Int64>

  /// Nil for one rank by itself.
  private let reduction: (any AllReduceAlgorithm<Int64>)?
  private let isShared: Bool
  private let offsets: [Int]

  /// Makes room. Collective.
  ///
  /// Ranks of one node add up each a slice where all sums lie, in memory that they share and that lasts
  /// as long as the process; those of several nodes let MPI do it, which needs no second copy either.
  ///
  /// - Parameter communicator: The ranks.
  /// - Throws: `MPIError` if `/dev/shm` is too small for the sums of a node.
  public init(
    counts: [Int], scalars: Int, fixedPoint: FixedPoint, on communicator: Communicator
  ) throws(MPIError) {
    (self.counts, scalarCount, self.fixedPoint) = (counts, scalars, fixedPoint)
    offsets = counts.indices.map { counts[..<$0].reduce(0, +) }
    let count = counts.reduce(0, +) + scalars
    reduction = try Self.reduction(on: communicator)
    let shared = try reduction?.memory(count: count)
    isShared = shared != nil
    memory = shared ?? .allocate(capacity: count)
    memory.initialize(repeating: 0)
  }

  deinit { if !isShared { memory.deallocate() } }

  private static func reduction(
    on ranks: Communicator
  ) throws(MPIError) -> (any AllReduceAlgorithm<Int64>)? {
    guard ranks.size > 1 else { return nil }
    let isOneNode = try ranks.node().size == ranks.size
    return isOneNode
      ? try SharedWindowAllReduce<Int64>(on: ranks) : try Native<Int64>(on: ranks)
  }

  /// Starts a round.
  public func clear() {
    UnsafeMutableRawBufferPointer(memory).initializeMemory(as: Int64.self, repeating: 0)
  }

  /// Where a vector begins.
  func vector(_ index: Int) -> UnsafeMutableBufferPointer<Int64> {
    UnsafeMutableBufferPointer(rebasing: memory[offsets[index]..<offsets[index] + counts[index]])
  }

  /// The scalars.
  var scalars: UnsafeMutableBufferPointer<Int64> {
    UnsafeMutableBufferPointer(rebasing: memory[(memory.count - scalarCount)...])
  }

  /// Adds `weight` times `update` to a vector and returns how many elements were cut. Local.
  @discardableResult
  public func add(
    _ update: UnsafePointer<Float>, toVector index: Int, weight: Int64
  ) -> Int {
    ck_fixed_add(
      vector(index).baseAddress, update, counts[index], fixedPoint.scale, fixedPoint.limit, weight)
  }

  /// Adds to a scalar. Local.
  public func add(_ value: Int64, toScalar index: Int) { scalars[index] &+= value }

  /// Adds up over ranks. Collective, blocking.
  public func reduce() throws(MPIError) { try reduction?.sum(memory) }

  /// Writes a vector's sum, divided by `total`, to `mean`. Local.
  public func mean(ofVector index: Int, total: Double, into mean: UnsafeMutablePointer<Float>) {
    ck_fixed_mean(
      mean, vector(index).baseAddress, counts[index], 1 / (total * fixedPoint.scale))
  }

  /// Turns a vector's sum into its mean, divided by `total`, in the first half of the same memory, where
  /// it lasts until ``clear()``. Local.
  func mean(ofVector index: Int, total: Double) -> UnsafeMutablePointer<Float> {
    let (integers, count) = (vector(index), counts[index])
    let mean = UnsafeMutableRawBufferPointer(integers).bindMemory(to: Float.self)
    guard let target = mean.baseAddress, let source = integers.baseAddress else {
      preconditionFailure("a mean of nothing")
    }
    var start = 0
    while start < count {
      // Floats up to 2 s end where integers from s on begin: no block overwrites what it reads.
      let length = min(max(start, 1), count - start)
      ck_fixed_mean(target + start, source + start, length, 1 / (total * fixedPoint.scale))
      start += length
    }
    return target
  }
}
