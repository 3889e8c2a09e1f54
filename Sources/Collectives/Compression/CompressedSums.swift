public import MPI

/// The sums of a step's gradients in a compressed form: one reduction for each bucket, and what each has
/// left over.
public final class CompressedSums {
  /// How gradients are shortened.
  public let compression: GradientCompression
  /// What was left over of this rank's gradients: elements of the flat array, zero at first.
  public let rest: UnsafeMutableBufferPointer<Float>
  /// What PowerSGD has found of the matrices so far, in the order of the flat array, the same on all
  /// ranks: a run goes on to the bit where it is put back. Empty for others.
  public let factors: UnsafeMutableBufferPointer<Float>
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
  ///   - model: by which `auto` chooses; the same on all ranks.
  public init(
    _ compression: GradientCompression, buckets: [Range<Int>], count: Int,
    matrices: [[GradientMatrix]], by choice: AllReduceChoice,
    model: AllReduceModel = AllReduceModel(), on communicator: Communicator
  ) throws(MPIError) {
    self.compression = compression
    rest = .allocate(capacity: max(count, 1))
    rest.initialize(repeating: 0)
    var factorCounts = buckets.map { _ in 0 }
    if case .powerSGD(let rank) = compression {
      factorCounts = matrices.map { PowerReduction.factorCount($0, rank: rank) }
    }
    factors = .allocate(capacity: factorCounts.reduce(0, +))
    factors.initialize(repeating: 0)
    let largest = buckets.map(\.count).max() ?? 0
    for (bucket, matrices) in zip(buckets, matrices) {
      byteCount += compression.byteCount(bucket.count, matrices: matrices)
    }
    switch compression {
    case .none:
      let algorithm = try choice.make(Float.self, on: communicator, model: model)
      reductions = buckets.map { _ in algorithm }
    case .bf16:
      reductions = try halves(.bf16, buckets, largest, choice, model, communicator)
    case .fp16:
      reductions = try halves(.fp16, buckets, largest, choice, model, communicator)
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
      let algorithm = try choice.make(Float.self, on: communicator, model: model)
      let values = try Self.memory(algorithm, count: GradientCompression.kept(share, of: largest))
      reductions = buckets.map {
        RandomReduction(
          algorithm, clock: clock, key: $0.lowerBound,
          kept: GradientCompression.kept(share, of: $0.count), rest: rest.part($0), values: values)
      }
    case .powerSGD(let rank):
      let algorithm = try choice.make(Float.self, on: communicator, model: model)
      var first = 0
      for (index, bucket) in buckets.enumerated() {
        let end = first + factorCounts[index]
        reductions.append(
          PowerReduction(
            algorithm, rank: rank, matrices: matrices[index], rest: rest.part(bucket),
            factors: factors.part(first..<end)))
        first = end
      }
    }
  }

  deinit {
    rest.deallocate()
    factors.deallocate()
  }

  private func halves<Half: Summable>(
    _ code: HalfReduction<Half>.Code, _ buckets: [Range<Int>], _ largest: Int,
    _ choice: AllReduceChoice, _ model: AllReduceModel, _ communicator: Communicator
  ) throws(MPIError) -> [any StartedReduction<Float>] {
    let algorithm = try choice.make(Half.self, on: communicator, model: model)
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
