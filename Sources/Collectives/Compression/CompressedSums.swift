public import MPI

/// The sums of a step's gradients in a compressed form: one reduction for each bucket, and what each has
/// left over.
public final class CompressedSums {
  /// How gradients are shortened.
  public let compression: GradientCompression
  /// What was left over of this rank's gradients: elements of the flat array, zero at first.
  public let rest: UnsafeMutableBufferPointer<Float>
  /// To be set before each step.
  public let clock = CompressionClock()
  /// One for each bucket.
  public private(set) var reductions: [any StartedReduction<Float>] = []
  /// Bytes that a rank puts in place of its gradients in one step.
  public private(set) var byteCount = 0

  /// Collective.
  ///
  /// - Parameters:
  ///   - buckets: places in the flat array of gradients.
  ///   - count: elements of the flat array.
  ///   - matrices: for each bucket, what it consists of.
  ///   - choice: the all-reduce of what can be summed on the way.
  public init(
    _ compression: GradientCompression, buckets: [Range<Int>], count: Int,
    matrices: [[GradientMatrix]], by choice: AllReduceChoice, on communicator: Communicator
  ) throws(MPIError) {
    self.compression = compression
    rest = .allocate(capacity: max(count, 1))
    rest.initialize(repeating: 0)
    let largest = buckets.map(\.count).max() ?? 0
    for (bucket, matrices) in zip(buckets, matrices) {
      byteCount += compression.byteCount(bucket.count, matrices: matrices)
    }
    switch compression {
    case .none:
      let algorithm = try choice.make(Float.self, on: communicator)
      reductions = buckets.map { _ in algorithm }
    case .bf16:
      reductions = try halves(.bf16, buckets, largest, choice, communicator)
    case .fp16:
      reductions = try halves(.fp16, buckets, largest, choice, communicator)
    case .sign:
      let own = try communicator.duplicate()
      reductions = buckets.map { CodeReduction(.sign, rest: rest.part($0), on: own) }
    case .topK(let share):
      let own = try communicator.duplicate()
      reductions = buckets.map {
        let kept = GradientCompression.kept(share, of: $0.count)
        return CodeReduction(.topK(count: kept), rest: rest.part($0), on: own)
      }
    case .randomK(let share):
      let algorithm = try choice.make(Float.self, on: communicator)
      let values = try Self.memory(algorithm, count: GradientCompression.kept(share, of: largest))
      reductions = buckets.map {
        RandomReduction(
          algorithm, clock: clock, key: $0.lowerBound,
          kept: GradientCompression.kept(share, of: $0.count), rest: rest.part($0), values: values)
      }
    case .powerSGD(let rank):
      let algorithm = try choice.make(Float.self, on: communicator)
      reductions = zip(buckets, matrices).map {
        PowerReduction(algorithm, rank: rank, matrices: $1, rest: rest.part($0))
      }
    }
  }

  deinit { rest.deallocate() }

  private func halves<Half: Summable>(
    _ code: HalfReduction<Half>.Code, _ buckets: [Range<Int>], _ largest: Int,
    _ choice: AllReduceChoice, _ communicator: Communicator
  ) throws(MPIError) -> [any StartedReduction<Float>] {
    let algorithm = try choice.make(Half.self, on: communicator)
    let memory = try Self.memory(algorithm, count: largest)
    return buckets.map { HalfReduction(algorithm, code, rest: rest.part($0), halves: memory) }
  }

  /// Memory in which the algorithm works without copies, or any. Lasts as long as the process.
  private static func memory<Element: Summable>(
    _ algorithm: any AllReduceAlgorithm<Element>, count: Int
  ) throws(MPIError) -> UnsafeMutableBufferPointer<Element> {
    if let own = try algorithm.memory(count: count) { return own }
    let memory = UnsafeMutableBufferPointer<Element>.allocate(capacity: max(count, 1))
    memory.initialize(repeating: Element())
    return memory
  }
}
