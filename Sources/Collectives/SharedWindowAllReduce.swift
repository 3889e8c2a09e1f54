public import MPI

/// The all-reduce of the ranks of one node, in memory that they share.
///
/// Rank r adds up slice r from all ranks' buffers, in the order of ranks, and writes the sum to all
/// of them: no copies, no messages.
///
///     P = 2      slice 0              slice 1
///     rank 0     a0 ──┐    ┌─> ab0    a1 ──┐    ┌─> ab1
///                     ├ +0 ┤               ├ +1 ┤               +r: on rank r
///     rank 1     b0 ──┘    └─> ab0    b1 ──┘    └─> ab1
///
/// Each rank reads N and writes N bytes: P reads and P writes of N in all. Buffers must lie in
/// memory that came from ``memory(count:)``; any others are welcome, but pass through a staging area,
/// at another 2 N read and 2 N written. Up to 1 KiB every rank adds up everything by itself. Each
/// element is added up in the order of ranks 0, 1, …, whatever the size.
///
/// Ranks wait for each other by counters in the same memory: they look for a while, then yield.
///
/// Source: the idea of one shared copy per node, Hoefler et al., "MPI + MPI", Computing 95 (2013).
public final class SharedWindowAllReduce<Element: Summable>: AllReduceAlgorithm, ScatteringReduction
{
  /// `window`.
  public static var name: String { "window" }

  /// The ranks that take part: a duplicate of those given.
  public let communicator: Communicator
  private let exchange: WindowExchange

  /// Makes the algorithm, and a staging area of 3 pieces for each rank. Collective.
  ///
  /// - Parameters:
  ///   - node: ranks on one host, such as those of ``Communicator/node()``.
  ///   - stagingBytes: the length of a piece of a buffer from elsewhere.
  ///   - directBytes: up to which length every rank adds up everything.
  /// - Throws: `MPI_ERR_RMA_SHARED` when the ranks are not on one host.
  public init(
    on node: Communicator, stagingBytes: Int = 1 << 17, directBytes: Int = 1 << 10
  ) throws(MPIError) {
    let node = try node.duplicate()
    communicator = node
    exchange = try WindowExchange(
      of: Element.self, on: node,
      .init(
        owned: (0..<node.size).map { $0..<$0 + 1 }, order: SumOrder(chainOf: node.size),
        lanes: node.size, stagingBytes: stagingBytes, directBytes: directBytes))
  }

  /// Memory of `count` zeros in the window, which is reduced without copies: whole or any part of it.
  ///
  /// Collective, blocking; all ranks pass the same count. Aligned to 64 bytes. It lasts as long as
  /// the process.
  public func memory(count: Int) throws(MPIError) -> UnsafeMutableBufferPointer<Element>? {
    try exchange.memory(of: Element.self, count: count)
  }

  /// Starts to replace each rank's elements by `factor` times the sum over all ranks.
  public func start(
    _ buffer: UnsafeMutableBufferPointer<Element>, scaledBy factor: Element.Accumulator
  ) throws(MPIError) {
    guard let base = buffer.baseAddress else { return }
    exchange.parts[0] = UnsafeMutableRawPointer(base)
    withUnsafePointer(to: factor) {
      exchange.start(
        into: UnsafeMutableRawPointer(base),
        byteCount: buffer.count * MemoryLayout<Element>.stride, scaledBy: UnsafeRawPointer($0))
    }
  }

  /// Moves the sum on; see ``StartedReduction``.
  public func advance(waiting: Bool) throws(MPIError) -> Bool {
    try exchange.advance(waiting: waiting)
  }

  /// Whether a sum in the window goes to its owner only; see ``ScatteringReduction``.
  public var isScattering: Bool {
    get { exchange.isScattering }
    set { exchange.isScattering = newValue }
  }

  /// The slice that a rank adds up.
  public func slice(of rank: Int, count: Int) -> Range<Int> {
    let stride = MemoryLayout<Element>.stride
    let bytes = WindowSlices(byteCount: count * stride, lanes: communicator.size)[rank]
    return bytes.lowerBound / stride..<bytes.upperBound / stride
  }

  /// Gives up after an error.
  public func abandon() {}
}
