internal import CMPI

extension Communicator {
  /// Sends block `r` of `source` to each rank `r`, and receives one block from each, in the order
  /// of ranks.
  ///
  /// Collective, blocking. Corresponds to `MPI_Alltoall` (MPI 3.1, section 5.8). Both buffers have
  /// the same size, a multiple of the number of ranks, equal on all ranks.
  public func allToAll<Element: MPIScalar>(
    _ source: UnsafeBufferPointer<Element>, into target: UnsafeMutableBufferPointer<Element>
  ) throws(MPIError) {
    try require("the target", has: target.count, expected: source.count, "MPI_Alltoall")
    guard source.count.isMultiple(of: size) else {
      throw invalid(
        .MPI_ERR_COUNT, "MPI_Alltoall", "\(source.count) elements for \(size) equal blocks")
    }
    let count = source.count / size
    guard count <= pieceLimit else {
      let counts = [Int](repeating: count, count: size)
      return try allToAllByTypes(source, counts, into: target, counts)
    }
    try checked(
      cmpi_alltoall(source.address(), target.address(), Int32(count), Element.mpiType.raw, raw),
      "MPI_Alltoall", "\(count) \(Element.self) to each rank")
  }

  /// Sends `counts[r]` elements of `source` to each rank `r`, and receives `receiving[r]` from
  /// each; both packed.
  ///
  /// Collective, blocking. Corresponds to `MPI_Alltoallv` (MPI 3.1, section 5.8).
  public func allToAll<Element: MPIScalar>(
    _ source: UnsafeBufferPointer<Element>, counts: [Int],
    into target: UnsafeMutableBufferPointer<Element>, receiving: [Int]
  ) throws(MPIError) {
    let (sent, received) = (
      try total(of: counts, "MPI_Alltoallv"), try total(of: receiving, "MPI_Alltoallv")
    )
    try require("the source", has: source.count, expected: sent, "MPI_Alltoallv")
    try require("the target", has: target.count, expected: received, "MPI_Alltoallv")
    // Each rank sees other counts, so the ranks must agree on the way; nobody knows the largest sum
    // but all together.
    let isLarge = try allReduce(max(sent, received) > pieceLimit ? 1 : 0, .maximum) == 1
    guard !isLarge, let outgoing = VectorLayout(counts, limit: pieceLimit),
      let incoming = VectorLayout(receiving, limit: pieceLimit)
    else { return try allToAllByTypes(source, counts, into: target, receiving) }
    try checked(
      cmpi_alltoallv(
        source.address(), outgoing.counts, outgoing.places,
        target.address(), incoming.counts, incoming.places, Element.mpiType.raw, raw),
      "MPI_Alltoallv", "\(sent) \(Element.self) sent, \(received) received")
  }

  /// What the ranks send to this one, when each sends an equal share of `values` to each.
  ///
  /// Collective, blocking. Corresponds to `MPI_Alltoall`.
  public func allToAll<Element: MPIScalar>(_ values: [Element]) throws(MPIError) -> [Element] {
    var target = [Element](repeating: Element(), count: values.count)
    try values.withUnsafeBufferPointer { (source) throws(MPIError) in
      try target.withUnsafeMutableBufferPointer { (target) throws(MPIError) in
        try allToAll(source, into: target)
      }
    }
    return target
  }

  /// What the ranks send to this one, packed, when this rank sends `counts[r]` elements to each
  /// rank `r`.
  ///
  /// Collective, blocking. Corresponds to `MPI_Alltoall` of the counts and `MPI_Alltoallv`.
  public func allToAll<Element: MPIScalar>(
    _ values: [Element], counts: [Int]
  ) throws(MPIError) -> (values: [Element], counts: [Int]) {
    _ = try total(of: counts, "MPI_Alltoallv")
    let receiving = try allToAll(counts)
    var target = [Element](repeating: Element(), count: receiving.reduce(0, +))
    try values.withUnsafeBufferPointer { (source) throws(MPIError) in
      try target.withUnsafeMutableBufferPointer { (target) throws(MPIError) in
        try allToAll(source, counts: counts, into: target, receiving: receiving)
      }
    }
    return (target, receiving)
  }

  /// An exchange whose places do not fit a C int: one derived datatype for each block, which holds
  /// its place in bytes.
  ///
  /// Corresponds to `MPI_Alltoallw`.
  private func allToAllByTypes<Element: MPIScalar>(
    _ source: UnsafeBufferPointer<Element>, _ sent: [Int],
    into target: UnsafeMutableBufferPointer<Element>, _ received: [Int]
  ) throws(MPIError) {
    let outgoing = try BlockTypes(of: Element.self, counts: sent, limit: pieceLimit)
    let incoming = try BlockTypes(of: Element.self, counts: received, limit: pieceLimit)
    let ones = [Int32](repeating: 1, count: size)
    let zeros = [Int32](repeating: 0, count: size)
    try checked(
      cmpi_alltoallw(
        source.address(), ones, zeros, outgoing.raw, target.address(), ones, zeros, incoming.raw,
        raw),
      "MPI_Alltoallw", "\(source.count) \(Element.self) sent, \(target.count) received")
  }
}

/// One derived datatype for each block of a packed buffer.
private struct BlockTypes: ~Copyable {
  private(set) var raw: [cmpi_datatype] = []

  init<Element: MPIScalar>(of type: Element.Type, counts: [Int], limit: Int) throws(MPIError) {
    for (count, place) in zip(counts, packedPlaces(counts)) {
      let offset = place * MemoryLayout<Element>.stride
      raw.append(
        try derivedType(of: Element.mpiType.raw, offset: offset, count: count, limit: limit))
    }
  }

  deinit { for type in raw { _ = cmpi_type_free(type) } }
}
