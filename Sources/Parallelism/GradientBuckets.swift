import Engine

/// The cuts of a plan's flat array of results into buckets, in the order in which they become final.
///
///     | gradients of the last layers ... | ... | ... of the first | statistics, loss, request |
///     |  bucket 1, 1 MiB                 |  2  |  3               |  bucket 0                 |
///
/// What is not a gradient is known after the forward pass and travels first. A bucket of gradients ends
/// with a parameter; the first is small, so that its sum starts early. Every rank and every size of
/// micro-batch has the same buckets.
struct GradientBuckets {
  /// Places in the array, apart from each other; together they cover it.
  let ranges: [Range<Int>]
  /// The end of the array.
  let count: Int

  /// - Parameters:
  ///   - count: floats of the array, with what follows the plan's results.
  ///   - firstBytes: the length from which the first bucket of gradients is full.
  ///   - bytes: the length from which any other is.
  init(_ plan: Plan, count: Int, firstBytes: Int, bytes: Int) {
    let trained = plan.parameters.trainedCount
    let ends = plan.parameters.entries.filter(\.isTrained)
      .map { $0.offset + $0.storedCount }.sorted()
    var ranges = [trained..<count]
    var start = 0
    for end in ends.dropLast() {
      let full = ranges.count == 1 ? min(firstBytes, bytes) : bytes
      guard (end - start) * MemoryLayout<Float>.stride >= full else { continue }
      // Places are multiples of 16 floats: no two buckets share a cache line.
      let next = (end + 15) / 16 * 16
      ranges.append(start..<next)
      start = next
    }
    if start < trained { ranges.append(start..<trained) }
    self.ranges = ranges
    self.count = count
  }

  /// Those of gradients.
  var gradients: ArraySlice<Range<Int>> { ranges.dropFirst() }

  /// For each bucket, the number of the plan's steps after which it and all before it are final.
  func readySteps(in plan: Plan) -> [Int] {
    var steps: [Int] = []
    for range in ranges {
      let own = plan.results.filter { range.contains($0.offset) }.map { $0.readyAfterStep + 1 }
      steps.append(max(steps.last ?? 0, own.max() ?? 0))
    }
    return steps
  }
}
