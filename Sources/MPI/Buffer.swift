/// Memory that has one owner, aligned to 64 bytes: what a started operation takes and gives back.
///
/// While a ``Request`` holds the buffer nobody else can touch it: using it is a compile error.
/// The memory is freed with the last owner.
public struct Buffer<Element: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
  /// A cache line, and the width of the widest vector register.
  public static var alignment: Int { 64 }

  private let base: UnsafeMutablePointer<Element>
  /// The number of elements.
  public let count: Int

  /// Allocates `count` elements, each `value`.
  public init(repeating value: Element, count: Int) {
    self.init(uninitialized: count)
    base.initialize(repeating: value, count: count)
  }

  /// Copies the elements of `values`.
  public init(_ values: [Element]) {
    self.init(uninitialized: values.count)
    values.withUnsafeBufferPointer { source in
      if let first = source.baseAddress { base.initialize(from: first, count: source.count) }
    }
  }

  private init(uninitialized count: Int) {
    precondition(count >= 0, "a buffer of \(count) elements")
    self.count = count
    let (bytes, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    precondition(!overflow, "a buffer of \(count) elements does not fit the address space")
    base = UnsafeMutableRawPointer.allocate(byteCount: max(bytes, 1), alignment: Self.alignment)
      .bindMemory(to: Element.self, capacity: count)
  }

  deinit { UnsafeMutableRawPointer(base).deallocate() }

  /// The element at `index`, which must lie in `0..<count`.
  public subscript(index: Int) -> Element {
    get {
      precondition(index >= 0 && index < count, "index \(index) of a buffer of \(count)")
      return base[index]
    }
    set {
      precondition(index >= 0 && index < count, "index \(index) of a buffer of \(count)")
      base[index] = newValue
    }
  }

  /// Calls `body` with the memory, which is valid during the call only.
  public borrowing func withUnsafeBufferPointer<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeBufferPointer(start: base, count: count))
  }

  /// Calls `body` with the memory, which is valid during the call only.
  public mutating func withUnsafeMutableBufferPointer<Result, Failure: Error>(
    _ body: (UnsafeMutableBufferPointer<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeMutableBufferPointer(start: base, count: count))
  }

  /// A copy of the elements.
  public borrowing func array() -> [Element] {
    Array(UnsafeBufferPointer(start: base, count: count))
  }

  /// The memory, for an operation that keeps the buffer alive as its payload.
  var memory: UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(start: base, count: count)
  }
}
