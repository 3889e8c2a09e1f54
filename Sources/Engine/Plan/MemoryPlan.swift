/// Offsets of the arena's buffers: buffers whose lifetimes overlap do not share bytes.
///
/// Lifetimes are known, so placement is greedy by size (Pisarchyk and Lee 2020, "Efficient memory
/// management for deep neural net inference"): the largest buffer first, each at the lowest
/// offset that is free during its whole life.
struct MemoryPlan {
  /// Byte offset of each arena buffer; nil for buffers that live elsewhere.
  let offsets: [Int?]
  /// Bytes of the arena.
  let byteCount: Int
  /// The most bytes that are alive at one step: no placement can need less.
  let liveByteCount: Int

  private struct Life {
    var first: Int
    var last: Int
    var byteCount: Int
  }

  init(buffers: [Buffer], steps: [Step]) {
    var lives: [Life?] = buffers.map { _ in nil }
    for (index, step) in steps.enumerated() {
      for buffer in step.buffers where buffers[buffer].home == .arena {
        let rounded = (buffers[buffer].byteCount + 63) / 64 * 64
        lives[buffer] = Life(
          first: lives[buffer]?.first ?? index, last: index, byteCount: rounded)
      }
    }
    let owners = Self.mergeInPlace(&lives, steps)

    let order = lives.indices.filter { lives[$0] != nil && owners[$0] == $0 }.sorted {
      (lives[$0]?.byteCount ?? 0, $1) > (lives[$1]?.byteCount ?? 0, $0)
    }
    var placed: [(life: Life, offset: Int)] = []
    var offsets: [Int?] = buffers.map { _ in nil }
    for buffer in order {
      guard let life = lives[buffer] else { continue }
      let neighbours = placed.filter { $0.life.first <= life.last && life.first <= $0.life.last }
        .sorted { $0.offset < $1.offset }
      var offset = 0
      for neighbour in neighbours {
        if offset + life.byteCount <= neighbour.offset { break }
        offset = max(offset, neighbour.offset + neighbour.life.byteCount)
      }
      offsets[buffer] = offset
      placed.append((life, offset))
    }
    for buffer in buffers.indices where lives[buffer] != nil {
      offsets[buffer] = offsets[owners[buffer]]
    }
    self.offsets = offsets
    byteCount = placed.map { $0.offset + $0.life.byteCount }.max() ?? 0
    liveByteCount =
      steps.indices.map { step in
        placed.reduce(0) {
          $0 + ($1.life.first <= step && step <= $1.life.last ? $1.life.byteCount : 0)
        }
      }.max() ?? 0
  }

  /// Lets a step write over an operand of the same size that nobody reads afterwards; the two
  /// buffers become one. Returns for each buffer the one that stands for it.
  private static func mergeInPlace(_ lives: inout [Life?], _ steps: [Step]) -> [Int] {
    var owners = Array(lives.indices)
    for (index, step) in steps.enumerated() {
      guard let (written, candidates) = step.mayReplace, let target = lives[written],
        target.first == index
      else { continue }
      for candidate in candidates {
        let owner = owners[candidate]
        guard let source = lives[owner], source.last == index, owner != written,
          source.byteCount == target.byteCount,
          step.reads.filter({ owners[$0] == owner }).count == 1
        else { continue }
        lives[owner]?.last = target.last
        owners[written] = owner
        break
      }
    }
    // Buffers merged later than their owner follow it to the end of the chain.
    for buffer in owners.indices where owners[buffer] != buffer {
      var owner = owners[buffer]
      while owners[owner] != owner { owner = owners[owner] }
      owners[buffer] = owner
    }
    return owners
  }
}
