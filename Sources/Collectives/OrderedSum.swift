internal import CKernels

/// Arrays that are to be added up in a fixed order, and where their sum goes; see ``Summable``.
///
/// The memory belongs to the algorithm that makes it. A target is one of the sources or apart from
/// all of them.
public struct OrderedSum<Element: Summable> {
  let sources: UnsafePointer<UnsafePointer<Element>?>
  let targets: UnsafePointer<UnsafeMutablePointer<Element>?>
  let targetCount: Int
  let merges: UnsafePointer<Int32>
  let mergeCount: Int
  let factor: Element.Accumulator
  let room: UnsafeMutablePointer<Element.Accumulator>
  let count: Int
}

/// The order of a sum over numbered parts, in the form that the vector loops read.
struct SumOrder {
  /// The number of parts, at least one.
  let partCount: Int
  /// Four numbers a merge: target, source, whether the target is not a sum yet, and the source.
  let codes: [Int32]

  /// Part 0, plus part 1, plus part 2, and so on.
  init(chainOf partCount: Int) {
    self.init((1..<partCount).map { .init(target: 0, source: $0) }, partCount: partCount)
  }

  /// The order of `merges`, which leave the sum in part 0.
  init(_ merges: [SummationTree.Merge], partCount: Int) {
    precondition(
      partCount >= 1 && merges.count == partCount - 1, "\(merges.count) merges of \(partCount)")
    var isSum = [Bool](repeating: false, count: partCount)
    var codes: [Int32] = []
    for merge in merges {
      codes += [
        Int32(merge.target), Int32(merge.source), isSum[merge.target] ? 0 : 1,
        isSum[merge.source] ? 0 : 1,
      ]
      isSum[merge.target] = true
    }
    self.partCount = partCount
    self.codes = codes
  }
}

/// The arrays of pointers and the scratch memory of ordered sums, allocated once.
final class OrderedSummation<Element: Summable> {
  private let order: SumOrder
  private let codes: UnsafeMutablePointer<Int32>
  private let room: UnsafeMutablePointer<Element.Accumulator>
  /// Where each part begins.
  let sources: UnsafeMutablePointer<UnsafePointer<Element>?>
  /// Where the sum goes.
  let targets: UnsafeMutablePointer<UnsafeMutablePointer<Element>?>

  init(_ order: SumOrder, targetCount: Int) {
    self.order = order
    codes = .allocate(capacity: max(order.codes.count, 1))
    _ = UnsafeMutableBufferPointer(start: codes, count: order.codes.count)
      .initialize(from: order.codes)
    let roomCount = order.partCount * Int(CK_REDUCE_BLOCK)
    room = .allocate(capacity: roomCount)
    room.initialize(repeating: 0, count: roomCount)
    sources = .allocate(capacity: order.partCount)
    sources.initialize(repeating: nil, count: order.partCount)
    targets = .allocate(capacity: targetCount)
    targets.initialize(repeating: nil, count: targetCount)
  }

  deinit {
    codes.deallocate()
    room.deallocate()
    sources.deallocate()
    targets.deallocate()
  }

  /// Writes `factor` times the sum of `count` elements of all sources to the first `targetCount`
  /// targets.
  func run(targetCount: Int, scaledBy factor: Element.Accumulator, count: Int) {
    guard count > 0, targetCount > 0 else { return }
    for part in 0..<order.partCount {
      precondition(sources[part] != nil, "part \(part) is nowhere")
    }
    Element.reduce(
      OrderedSum(
        sources: UnsafePointer(sources), targets: UnsafePointer(targets), targetCount: targetCount,
        merges: UnsafePointer(codes), mergeCount: order.partCount - 1, factor: factor, room: room,
        count: count))
  }
}
