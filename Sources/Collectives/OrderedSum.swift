internal import CKernels

// Note [Bytes]: what happens in shared memory between two waits is a matter of a microsecond, and
// generic code that is not specialised looks up types that long. So the algorithms in shared memory
// know bytes only, and ask the element for nothing but the sum of a slice.

/// Arrays that are to be added up in a fixed order, and where their sum goes; see ``Summable``.
///
/// The memory belongs to the algorithm that makes it. A target is one of the sources or apart from
/// all of them.
public struct OrderedSum {
  let sources: UnsafePointer<UnsafeRawPointer?>
  let targets: UnsafePointer<UnsafeMutableRawPointer?>
  let targetCount: Int
  /// See `SumOrder`.
  let merges: UnsafePointer<Int32>
  let mergeCount: Int
  /// An accumulator.
  let factor: UnsafeRawPointer
  /// Accumulators.
  let room: UnsafeMutableRawPointer
  /// Elements.
  let count: Int

  /// The sources as arrays of elements, which they are.
  func sources<Element>(of type: Element.Type) -> UnsafePointer<UnsafePointer<Element>?> {
    UnsafeRawPointer(sources).assumingMemoryBound(to: UnsafePointer<Element>?.self)
  }

  /// The targets as arrays of elements, which they are.
  func targets<Element>(of type: Element.Type) -> UnsafePointer<UnsafeMutablePointer<Element>?> {
    UnsafeRawPointer(targets).assumingMemoryBound(to: UnsafeMutablePointer<Element>?.self)
  }

  /// The scratch memory.
  func room<Accumulator>(of type: Accumulator.Type) -> UnsafeMutablePointer<Accumulator> {
    room.assumingMemoryBound(to: Accumulator.self)
  }
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
final class OrderedSummation {
  /// Bytes of an element.
  let stride: Int
  /// Bytes of an accumulator.
  let factorStride: Int
  private let order: SumOrder
  private let codes: UnsafeMutablePointer<Int32>
  private let room: UnsafeMutableRawPointer
  private let one: UnsafeMutableRawPointer
  private let reduce: (OrderedSum) -> Void
  /// Where each part begins.
  let sources: UnsafeMutablePointer<UnsafeRawPointer?>
  /// Where the sum goes.
  let targets: UnsafeMutablePointer<UnsafeMutableRawPointer?>

  init<Element: Summable>(of type: Element.Type, _ order: SumOrder, targetCount: Int) {
    self.order = order
    stride = MemoryLayout<Element>.stride
    factorStride = MemoryLayout<Element.Accumulator>.stride
    reduce = { Element.reduce($0) }
    codes = .allocate(capacity: max(order.codes.count, 1))
    _ = UnsafeMutableBufferPointer(start: codes, count: order.codes.count)
      .initialize(from: order.codes)
    let roomCount = order.partCount * Int(CK_REDUCE_BLOCK)
    room = .allocate(
      byteCount: roomCount * MemoryLayout<Element.Accumulator>.stride, alignment: 64)
    room.initializeMemory(as: Element.Accumulator.self, repeating: 0, count: roomCount)
    one = .allocate(byteCount: MemoryLayout<Element.Accumulator>.stride, alignment: 16)
    one.storeBytes(of: 1, as: Element.Accumulator.self)
    sources = .allocate(capacity: order.partCount)
    sources.initialize(repeating: nil, count: order.partCount)
    targets = .allocate(capacity: targetCount)
    targets.initialize(repeating: nil, count: targetCount)
  }

  deinit {
    codes.deallocate()
    room.deallocate()
    one.deallocate()
    sources.deallocate()
    targets.deallocate()
  }

  /// Writes the sum of all sources to the first `targetCount` targets, times the accumulator at
  /// `factor` if there is one.
  func run(targetCount: Int, scaledBy factor: UnsafeRawPointer?, byteCount: Int) {
    guard byteCount > 0 else { return }
    for part in 0..<order.partCount {
      precondition(sources[part] != nil, "part \(part) is nowhere")
    }
    reduce(
      OrderedSum(
        sources: UnsafePointer(sources), targets: UnsafePointer(targets), targetCount: targetCount,
        merges: UnsafePointer(codes), mergeCount: order.partCount - 1,
        factor: factor ?? UnsafeRawPointer(one), room: room, count: byteCount / stride))
  }
}
