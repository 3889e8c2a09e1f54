import Collectives
import Engine
import Optimizers

/// Which rank holds the optimizer's state of which parameters: ZeRO's first stage.
///
///     gradients  ── reduce-scatter ──► slice r on rank r ── update ──► all-gather ──► parameters
///
/// Each rank keeps state for its own places only, 1 / P of the whole, and updates those; then all ranks
/// give each other what they have updated. Sums, updates and results have the bits of a run without
/// shards.
///
/// Where the rule looks at whole parameters, or gradients are clipped by their norm, ranks need whole
/// sums; then a place is a run of whole parameters.
///
/// Source: Rajbhandari et al., "ZeRO: memory optimizations toward training trillion parameter models",
/// SC 2020, stage 1.
struct ParameterShards {
  /// Parameters from which shards are faster where ranks share memory: below, an update takes less than
  /// waiting for the others'.
  static let leastCount = 1 << 15

  /// For each rank, its places in the flat array, in ascending order.
  let places: [[Range<Int>]]
  /// Whether sums over ranks are needed in the owner's places only.
  let isScattered: Bool

  /// The slices that a reduction gives to ranks, bucket by bucket.
  init(_ buckets: GradientBuckets, of reduction: any ScatteringReduction<Float>, size: Int) {
    places = (0..<size).map { rank in
      buckets.gradients.map { bucket in
        let slice = reduction.slice(of: rank, count: bucket.count)
        return bucket.lowerBound + slice.lowerBound..<bucket.lowerBound + slice.upperBound
      }
    }
    isScattered = true
  }

  /// Whole parameters, shared out as evenly as they come.
  init(parametersOf map: ParameterMap, size: Int) {
    let starts = map.entries.filter(\.isTrained).map(\.offset).sorted()
    var bounds = [0]
    for rank in 1..<max(size, 1) {
      let fair = map.trainedCount * rank / size
      // The start that is the nearest to a fair cut, and not before the last one.
      let cut = starts.min { abs($0 - fair) < abs($1 - fair) } ?? 0
      bounds.append(max(cut, bounds[rank - 1]))
    }
    bounds.append(map.trainedCount)
    places = (0..<size).map { [bounds[$0]..<bounds[$0 + 1]] }
    isScattered = false
  }

  /// Floats of a rank's places.
  func count(of rank: Int) -> Int { places[rank].reduce(0) { $0 + $1.count } }
}

extension UpdatePolicy {
  /// Whether an update needs the whole gradient, or places that hold whole parameters.
  package var needsWholeGradient: Bool { clipNorm != nil || rule.granularity == .parameter }
}
