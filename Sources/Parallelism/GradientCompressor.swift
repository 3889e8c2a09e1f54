import Collectives
public import Engine
public import MPI

/// The compressed sums of a rank's gradients, and what each rank has left over.
public final class GradientCompressor {
  let sums: CompressedSums
  private let map: ParameterMap
  private let mask: PaddingMask
  private let communicator: Communicator
  private enum Tag {
    static var rest: Int { 0 }
  }

  /// Bytes that a rank puts in place of its gradients in one step.
  public var byteCount: Int { sums.byteCount }

  /// Collective.
  init(
    _ compression: GradientCompression, _ buckets: GradientBuckets, _ map: ParameterMap,
    by choice: AllReduceChoice, model: AllReduceModel, on communicator: Communicator
  ) throws {
    self.map = map
    self.communicator = try communicator.duplicate()
    mask = try PaddingMask(map)
    let trained = map.entries.filter(\.isTrained)
    let matrices = buckets.gradients.map { bucket in
      trained.filter { bucket.contains($0.offset) }.compactMap { entry -> GradientMatrix? in
        // In a blocked layout rows and columns are mixed: a matrix all the same, if a less apt one.
        let rows = entry.shape.dimensions.first ?? 1
        guard entry.shape.rank >= 2, entry.storedCount % rows == 0 else { return nil }
        return GradientMatrix(
          offset: entry.offset - bucket.lowerBound, rows: rows, columns: entry.storedCount / rows)
      }
    }
    sums = try CompressedSums(
      compression, buckets: Array(buckets.gradients), count: map.trainedCount, matrices: matrices,
      by: choice, model: model, on: communicator)
  }

  /// What PowerSGD has found so far, the same on all ranks; empty for others.
  public var factors: UnsafeMutableBufferPointer<Float> { sums.factors }

  /// Takes up the root's ``factors`` of an earlier run. Collective, blocking.
  ///
  /// - Parameter factors: on the root, those of the earlier run: none, or of another network or rank of
  ///   factors, to begin anew; of no use on the others.
  public func adopt(factors: [Float]) throws(MPIError) {
    guard !sums.factors.isEmpty else { return }
    if communicator.isRoot, factors.count == sums.factors.count {
      _ = sums.factors.update(from: factors)
    }
    try communicator.broadcast(sums.factors)
  }

  /// Clears what compression left in the padding of gradients.
  func clearPadding(of gradients: UnsafeMutablePointer<Float>) {
    mask.apply(to: gradients)
    if let rest = sums.rest.baseAddress { mask.apply(to: rest) }
  }

  /// Clears what a step that cannot be used left behind, lest it come back with the next. Local, and for
  /// the factors, which are the same on all ranks, alike.
  func clearNonFinite() {
    for memory in [sums.rest, sums.factors] {
      for index in memory.indices where !memory[index].isFinite { memory[index] = 0 }
    }
  }

  /// Multiplies what is left over. Local.
  func scaleRest(by factor: Float) {
    for index in sums.rest.indices { sums.rest[index] *= factor }
  }

  /// What each rank has left over, in the order of ranks, on the root; nothing on the others.
  /// Collective, blocking.
  ///
  /// - Parameter onAllRanks: Whether the others get the same.
  public func gatheredRests(onAllRanks: Bool = false) throws(MPIError) -> [FloatMemory] {
    let rests = try gatheredAtRoot()
    guard onAllRanks else { return rests }
    var whole = rests
    if !communicator.isRoot {
      whole = (0..<communicator.size).map { _ in FloatMemory(count: map.trainedCount) }
    }
    for rest in whole { try communicator.broadcast(rest.buffer, from: 0) }
    return whole
  }

  private func gatheredAtRoot() throws(MPIError) -> [FloatMemory] {
    guard communicator.isRoot else {
      try communicator.send(UnsafeBufferPointer(sums.rest), to: 0, tag: Tag.rest)
      return []
    }
    var rests: [FloatMemory] = []
    for rank in 0..<communicator.size {
      let memory = FloatMemory(count: map.trainedCount)
      let target = UnsafeMutableBufferPointer(start: memory.base, count: sums.rest.count)
      if rank == 0 {
        _ = target.update(from: sums.rest)
      } else {
        try communicator.receive(into: target, from: rank, tag: Tag.rest)
      }
      rests.append(memory)
    }
    return rests
  }

  /// Gives each rank what it had left over, or where the number of ranks has changed an equal share of
  /// the whole. Collective, blocking.
  ///
  /// - Parameter rests: on the root, what ``gatheredRests()`` gave; of no use on the others.
  public func adopt(_ rests: [FloatMemory]) throws(MPIError) {
    var count = [rests.count]
    try communicator.broadcast(&count)
    guard count[0] > 0 else { return }
    if count[0] == communicator.size {
      guard communicator.isRoot else {
        try communicator.receive(into: sums.rest, from: 0, tag: Tag.rest)
        return
      }
      _ = sums.rest.update(from: rests[0].buffer.prefix(sums.rest.count))
      for rank in 1..<communicator.size {
        try communicator.send(
          UnsafeBufferPointer(start: rests[rank].base, count: sums.rest.count), to: rank,
          tag: Tag.rest)
      }
      return
    }
    if communicator.isRoot {
      sums.rest.update(repeating: 0)
      for rest in rests {
        for index in sums.rest.indices {
          sums.rest[index] += rest.base[index] / Float(communicator.size)
        }
      }
    }
    try communicator.broadcast(sums.rest)
  }
}
