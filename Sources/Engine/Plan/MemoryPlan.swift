/// Offsets of the arena's buffers: buffers whose lifetimes overlap do not share bytes.
///
/// Lifetimes are known, so placement is greedy by size (Pisarchyk and Lee 2020, "Efficient memory
/// management for deep neural net inference"): the largest buffer first, each at the lowest
/// offset that is free during its whole life.
///
///     bytes
///       | b b b b b b            a is written by step 0 and last read by step 2, and so on;
///       | b b b b b b d d        d takes the place of a, which is dead by then
///       | a a a . . d d d
///       +------------------ steps
package struct MemoryPlan {
  /// What one step does to buffers, by their numbers.
  package struct Access {
    /// Buffers that it reads, once for each operand.
    package var reads: [Int]
    /// Buffers that it writes.
    package var writes: [Int]
    /// A written buffer, and read ones that it may replace in place.
    package var mayReplace: (written: Int, read: [Int])?

    /// What a step does.
    package init(reads: [Int], writes: [Int], mayReplace: (written: Int, read: [Int])? = nil) {
      self.reads = reads
      self.writes = writes
      self.mayReplace = mayReplace
    }
  }

  /// Buffers start at multiples of this, a cache line.
  package static let alignment = 64

  /// Byte offset of each arena buffer; nil for buffers that live elsewhere or are never used.
  package let offsets: [Int?]
  /// Bytes of the arena.
  package let byteCount: Int
  /// The most bytes that are alive at one step: no placement can need less.
  package let liveByteCount: Int

  private struct Life {
    let first: Int
    var last: Int
    let byteCount: Int

    func overlaps(_ other: Life) -> Bool { first <= other.last && other.first <= last }
  }

  /// Places the buffers.
  ///
  /// - Parameters:
  ///   - byteCounts: Bytes of each buffer; nil for those that live outside of the arena.
  ///   - steps: What each step does, in the order of a run.
  package init(byteCounts: [Int?], steps: [Access]) {
    var lives: [Life?] = byteCounts.map { _ in nil }
    for (index, step) in steps.enumerated() {
      for buffer in step.reads + step.writes {
        guard let byteCount = byteCounts[buffer] else { continue }
        let rounded = (byteCount + Self.alignment - 1) / Self.alignment * Self.alignment
        lives[buffer] = Life(
          first: lives[buffer]?.first ?? index, last: index, byteCount: rounded)
      }
    }
    let owners = Self.mergeInPlace(&lives, steps)
    let alive = lives.enumerated().compactMap { buffer, life in
      owners[buffer] == buffer ? life.map { (buffer: buffer, life: $0) } : nil
    }
    var offsets: [Int?] = byteCounts.map { _ in nil }
    var placed: [(life: Life, offset: Int)] = []
    for (buffer, life) in alive.sorted(by: {
      ($0.life.byteCount, $1.buffer) > ($1.life.byteCount, $0.buffer)
    }) {
      let offset = Self.lowestOffset(for: life, among: placed)
      offsets[buffer] = offset
      placed.append((life, offset))
    }
    for buffer in lives.indices where lives[buffer] != nil {
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

  /// The first gap that is free during the whole of `life`.
  private static func lowestOffset(
    for life: Life, among placed: [(life: Life, offset: Int)]
  ) -> Int {
    var offset = 0
    let neighbours = placed.filter { $0.life.overlaps(life) }.sorted { $0.offset < $1.offset }
    for neighbour in neighbours {
      if offset + life.byteCount <= neighbour.offset { break }
      offset = max(offset, neighbour.offset + neighbour.life.byteCount)
    }
    return offset
  }

  /// Lets a step write over an operand of the same size that nobody reads afterwards; the two
  /// buffers become one. Returns for each buffer the one that stands for it.
  private static func mergeInPlace(_ lives: inout [Life?], _ steps: [Access]) -> [Int] {
    var owners = Array(lives.indices)
    for (index, step) in steps.enumerated() {
      guard let (written, candidates) = step.mayReplace, let target = lives[written],
        target.first == index
      else { continue }
      for candidate in candidates {
        // A buffer is merged when it is first written, before it can own another: one look suffices.
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
    return owners
  }
}
