public import Datasets

/// Numbers of samples in an order; a range and a permutation take no memory.
public enum SampleList: Sendable {
  /// One behind the other.
  case range(Range<Int>)
  /// Positions of a permutation.
  case permuted(SamplePermutation, Range<Int>)
  /// As listed.
  case listed(ArraySlice<Int>)

  /// Number of samples.
  public var count: Int {
    switch self {
    case .range(let range), .permuted(_, let range): range.count
    case .listed(let samples): samples.count
    }
  }

  /// The sample at `position`, from 0.
  public subscript(position: Int) -> Int {
    switch self {
    case .range(let range): range.lowerBound + position
    case .permuted(let permutation, let range): permutation[range.lowerBound + position]
    case .listed(let samples): samples[samples.startIndex + position]
    }
  }

  /// The part of `positions`.
  public subscript(positions: Range<Int>) -> SampleList {
    switch self {
    case .range(let range):
      .range(range.lowerBound + positions.lowerBound..<range.lowerBound + positions.upperBound)
    case .permuted(let permutation, let range):
      .permuted(
        permutation,
        range.lowerBound + positions.lowerBound..<range.lowerBound + positions.upperBound)
    case .listed(let samples):
      .listed(
        samples[
          samples.startIndex + positions.lowerBound..<samples.startIndex + positions.upperBound])
    }
  }

  /// Parts of almost equal size, the larger first.
  public func cut(into parts: Int) -> [SampleList] {
    let (size, larger) = count.quotientAndRemainder(dividingBy: parts)
    var start = 0
    return (0..<parts).map { part in
      let end = start + size + (part < larger ? 1 : 0)
      defer { start = end }
      return self[start..<end]
    }
  }
}
