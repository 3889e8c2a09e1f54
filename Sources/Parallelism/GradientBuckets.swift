import Collectives
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
    ranges =
      [trained..<count]
      + BucketCuts.ranges(
        parameterEnds: ends, count: trained, firstBytes: firstBytes, bytes: bytes)
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
