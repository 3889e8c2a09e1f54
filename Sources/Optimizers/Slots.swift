/// The state of an optimizer for one slice of the parameters: up to four arrays, in place of a Swift
/// array, which would be allocated at each call. Does not own the memory.
public struct Slots {
  /// The most arrays an optimizer may ask for.
  public static let capacity = 4

  private var first: UnsafeMutableBufferPointer<Float>?
  private var second: UnsafeMutableBufferPointer<Float>?
  private var third: UnsafeMutableBufferPointer<Float>?
  private var fourth: UnsafeMutableBufferPointer<Float>?

  /// No array.
  public init() {}

  /// The given arrays, in the order of ``Optimizer/slotNames``.
  public init(
    _ first: UnsafeMutableBufferPointer<Float>, _ second: UnsafeMutableBufferPointer<Float>? = nil,
    _ third: UnsafeMutableBufferPointer<Float>? = nil
  ) {
    precondition(second != nil || third == nil, "a third slot without a second")
    (self.first, self.second, self.third) = (first, second, third)
  }

  /// The number of arrays.
  public var count: Int {
    (first == nil ? 0 : 1) + (second == nil ? 0 : 1) + (third == nil ? 0 : 1)
      + (fourth == nil ? 0 : 1)
  }

  /// Array `index`.
  public subscript(index: Int) -> UnsafeMutableBufferPointer<Float> {
    let slot: UnsafeMutableBufferPointer<Float>? =
      switch index {
      case 0: first
      case 1: second
      case 2: third
      case 3: fourth
      default: nil
      }
    guard let slot else { preconditionFailure("slot \(index) of \(count)") }
    return slot
  }

  /// The same elements of each array.
  public subscript(range: Range<Int>) -> Slots {
    var slice = Slots()
    slice.first = first.map { UnsafeMutableBufferPointer(rebasing: $0[range]) }
    slice.second = second.map { UnsafeMutableBufferPointer(rebasing: $0[range]) }
    slice.third = third.map { UnsafeMutableBufferPointer(rebasing: $0[range]) }
    slice.fourth = fourth.map { UnsafeMutableBufferPointer(rebasing: $0[range]) }
    return slice
  }

  /// Adds an array behind the others; for code that finds the number of slots at run time.
  public mutating func append(_ slot: UnsafeMutableBufferPointer<Float>) {
    switch count {
    case 0: first = slot
    case 1: second = slot
    case 2: third = slot
    case 3: fourth = slot
    default: preconditionFailure("more than \(Self.capacity) slots")
    }
  }

  /// The first `count` arrays.
  public func prefix(_ count: Int) -> Slots {
    precondition(count <= self.count, "\(count) slots of \(self.count)")
    var prefix = self
    if count < 4 { prefix.fourth = nil }
    if count < 3 { prefix.third = nil }
    if count < 2 { prefix.second = nil }
    if count < 1 { prefix.first = nil }
    return prefix
  }
}
