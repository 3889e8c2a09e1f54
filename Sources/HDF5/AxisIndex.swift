/// Something that selects positions along one axis: an `Int`, a range, a stride, or `.all`.
///
/// An `Int` selects one position and drops the axis from the shape of the result; everything else
/// keeps it.
public protocol AxisIndex: Sendable {
  /// The positions, still without the extent of the axis.
  var axisSelection: AxisSelection { get }
}

/// Positions along one axis, before they are held against its extent.
public enum AxisSelection: Sendable, Hashable {
  /// One position; the axis is dropped.
  case index(Int)
  /// From `lower` to before `upper`; to the end of the axis when `upper` is `nil`.
  case range(lower: Int, upper: Int?)
  /// `count` positions from `start`, `step` apart.
  case strided(start: Int, count: Int, step: Int)
}

/// Every position along an axis.
public struct AllIndices: AxisIndex {
  /// Makes a selection of every position.
  public init() {}
  /// From 0 to the end.
  public var axisSelection: AxisSelection { .range(lower: 0, upper: nil) }
}

extension AxisIndex where Self == AllIndices {
  /// Every position along an axis.
  public static var all: AllIndices { AllIndices() }
}

extension AxisSelection: AxisIndex {
  /// The selection itself.
  public var axisSelection: AxisSelection { self }
}

extension Int: AxisIndex {
  /// This one position.
  public var axisSelection: AxisSelection { .index(self) }
}

extension Range<Int>: AxisIndex {
  /// The positions of the range.
  public var axisSelection: AxisSelection { .range(lower: lowerBound, upper: upperBound) }
}

extension ClosedRange<Int>: AxisIndex {
  /// The positions of the range.
  public var axisSelection: AxisSelection {
    // Int.max cannot be a position; the end saturates there and is refused like any other that lies
    // outside.
    .range(lower: lowerBound, upper: upperBound == .max ? .max : upperBound + 1)
  }
}

extension PartialRangeFrom<Int>: AxisIndex {
  /// From the bound to the end of the axis.
  public var axisSelection: AxisSelection { .range(lower: lowerBound, upper: nil) }
}

extension PartialRangeUpTo<Int>: AxisIndex {
  /// From 0 to before the bound.
  public var axisSelection: AxisSelection { .range(lower: 0, upper: upperBound) }
}

extension PartialRangeThrough<Int>: AxisIndex {
  /// From 0 to the bound.
  public var axisSelection: AxisSelection {
    .range(lower: 0, upper: upperBound == .max ? .max : upperBound + 1)
  }
}

extension StrideTo<Int>: AxisIndex {
  /// The positions of the stride.
  public var axisSelection: AxisSelection { AxisSelection(positions: self) }
}

extension StrideThrough<Int>: AxisIndex {
  /// The positions of the stride.
  public var axisSelection: AxisSelection { AxisSelection(positions: self) }
}

extension AxisSelection {
  /// The positions of an arithmetic sequence.
  fileprivate init(positions: some Sequence<Int>) {
    var iterator = positions.makeIterator()
    guard let first = iterator.next() else {
      self = .strided(start: 0, count: 0, step: 1)
      return
    }
    var count = 1
    var step = 1
    while let next = iterator.next() {
      if count == 1 { step = next - first }
      count += 1
    }
    self = .strided(start: first, count: count, step: step)
  }
}

/// Positions along one axis of known extent.
struct ResolvedAxis {
  var start: Int
  var count: Int
  var step: Int
  var isDropped: Bool

  /// Holds `selection` against an axis of `extent` elements; `nil` when it reaches outside.
  init?(_ selection: AxisSelection, extent: Int) {
    switch selection {
    case .index(let index):
      (start, count, step, isDropped) = (index, 1, 1, true)
    case .range(let lower, let upper):
      guard lower <= upper ?? extent else { return nil }
      (start, count, step, isDropped) = (lower, (upper ?? extent) - lower, 1, false)
    case .strided(let first, let length, let stride):
      guard stride > 0, length >= 0 else { return nil }
      (start, count, step, isDropped) = (first, length, stride, false)
    }
    guard start >= 0, start <= extent, count <= extent else { return nil }
    if count > 0 {
      let (span, overflow) = (count - 1).multipliedReportingOverflow(by: step)
      guard !overflow, span < extent - start else { return nil }
    }
  }
}
