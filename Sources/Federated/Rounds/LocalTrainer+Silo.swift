import CKernels
import Collectives
import Datasets
import Engine

extension LocalTrainer {
  /// The gradient of a batch, in ``results`` on every rank of the silo: each rank takes its
  /// micro-batches, and a fixed tree adds all up. Collective in the silo, blocking.
  func gradient(
    _ client: Client, _ order: SamplePermutation, _ range: Range<Int>, seed: UInt64, epoch: Int,
    by team: SiloTeam, into result: inout LocalResult
  ) throws {
    let tree = team.reduction.tree
    for step in tree.steps {
      let part = SummationTree.block(
        rank: step.leaf, size: team.microBatches, leafCount: range.count)
      let target = team.slots[step.slot]
      do {
        try addUp(
          client, order, range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound,
          weight: 1 / Float(range.count), seed: seed, epoch: epoch, into: target)
      } catch {
        // The other ranks are waiting for a sum: they get one, and are told later.
        team.failure = team.failure ?? error
        target.base.update(repeating: .nan, count: target.count)
      }
      var last = step.slot
      for _ in 0..<step.mergeCount {
        ck_add_f32(team.slots[last - 1].base, team.slots[last].base, results.count)
        last -= 1
      }
    }
    try team.reduction.allReduce(
      team.slots.prefix(tree.parts.count).map(\.buffer), into: results.buffer, scaledBy: 1)
    let step = try cache.last ?? cache.step(1)
    result.lossSum += Double(results.base[step.lossOffset])
    if let offset = step.correctOffset { result.correct += Double(results.base[offset]) }
    result.samples += range.count
  }

  /// The sum of the gradients of one micro-batch, in pieces that fit.
  private func addUp(
    _ client: Client, _ order: SamplePermutation, _ range: Range<Int>, weight: Float,
    seed: UInt64, epoch: Int, into target: FloatMemory
  ) throws {
    guard !range.isEmpty else { return target.base.update(repeating: 0, count: target.count) }
    for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.largestPiece) {
      let count = min(Self.largestPiece, range.upperBound - start)
      let isFirst = start == range.lowerBound
      let room = isFirst ? target : pieceMemory()
      let step = try cache.step(count)
      try step.executor.bindResults(room.base)
      try loader.load(count, into: step.executor, seed: seed, epoch: epoch) {
        client.samples[order[start + $0]]
      }
      try run(step, weight: weight)
      if !isFirst { ck_add_f32(target.base, room.base, results.count) }
    }
  }
}
