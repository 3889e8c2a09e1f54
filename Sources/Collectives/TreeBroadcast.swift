public import MPI

/// The pipelined broadcast of large buffers, such as parameters, down a binary tree.
///
///     P = 6, root 0            0
///                          ┌───┴───┐
///                          1       2
///                        ┌─┴─┐   ┌─┘
///                        3   4   5
///
/// A buffer goes down in segments: while a rank hands one on to its two children the next arrives.
/// Every rank receives N bytes and sends 2 N at most; the last rank has everything log2(P) segments
/// after the first one. Numbers count from the root.
public final class TreeBroadcast<Element: MPIScalar> {
  /// The ranks that take part: a duplicate of those given.
  public let communicator: Communicator
  private let segment: Int
  private let depth: Int
  private var receives: RequestSet
  private var sends: RequestSet

  /// Makes the algorithm. Collective.
  ///
  /// - Parameters:
  ///   - segmentBytes: the length of a message.
  ///   - depth: how many segments are in flight on each edge of the tree.
  public init(
    on communicator: Communicator, segmentBytes: Int = 1 << 17, depth: Int = 4
  ) throws(MPIError) {
    precondition(segmentBytes >= MemoryLayout<Element>.stride && depth >= 1, "an empty tree")
    self.communicator = try communicator.duplicate()
    self.depth = depth
    segment = segmentBytes / MemoryLayout<Element>.stride
    receives = RequestSet(capacity: depth)
    sends = RequestSet(capacity: 2 * depth)
  }

  /// Gives all ranks the elements of `root`'s buffer.
  ///
  /// Collective, blocking; all ranks pass the same size.
  public func broadcast(
    _ buffer: UnsafeMutableBufferPointer<Element>, from root: Int
  ) throws(MPIError) {
    precondition(root >= 0 && root < communicator.size, "root \(root) of \(communicator.size)")
    do throws(MPIError) {
      try run(buffer, from: root)
    } catch {
      receives.abandon()
      sends.abandon()
      throw error
    }
  }

  /// Gives all ranks the elements of `root`'s array.
  ///
  /// Collective, blocking; all ranks pass the same size.
  public func broadcast(_ values: inout [Element], from root: Int) throws(MPIError) {
    try values.withUnsafeMutableBufferPointer { (buffer) throws(MPIError) in
      try broadcast(buffer, from: root)
    }
  }

  private func run(
    _ buffer: UnsafeMutableBufferPointer<Element>, from root: Int
  ) throws(MPIError) {
    let size = communicator.size
    let place = (communicator.rank - root + size) % size
    func rank(_ place: Int) -> Int { (place + root) % size }
    let children = (2 * place + 1)..<(2 * place + 3)
    let segments = (buffer.count + segment - 1) / segment
    func range(_ index: Int) -> Range<Int> {
      index * segment..<min((index + 1) * segment, buffer.count)
    }

    if place > 0 {
      for index in 0..<min(depth, segments) {
        try communicator.startReceive(
          into: buffer.part(range(index)), from: rank((place - 1) / 2), in: &receives, at: index)
      }
    }
    for index in 0..<segments {
      let slot = index % depth
      if place > 0 {
        try receives.wait(slot)
        if index + depth < segments {
          try communicator.startReceive(
            into: buffer.part(range(index + depth)), from: rank((place - 1) / 2), in: &receives,
            at: slot)
        }
      }
      for (number, child) in children.enumerated() where child < size {
        try sends.wait(2 * slot + number)
        try communicator.startSend(
          UnsafeBufferPointer(buffer.part(range(index))), to: rank(child), in: &sends,
          at: 2 * slot + number)
      }
    }
    try sends.waitAll()
  }
}
