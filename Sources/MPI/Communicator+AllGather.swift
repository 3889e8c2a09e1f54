internal import CMPI

extension Communicator {
  /// Collects as many elements from each rank on all ranks, in the order of ranks.
  ///
  /// Collective, blocking. Corresponds to `MPI_Allgather` (MPI 3.1, section 5.7).
  ///
  /// - Parameter target: `size` times as long as `source`.
  public func allGather<Element: MPIScalar>(
    _ source: UnsafeBufferPointer<Element>, into target: UnsafeMutableBufferPointer<Element>
  ) throws(MPIError) {
    let expected = try timesSize(source.count, "MPI_Allgather")
    try require("the target", has: target.count, expected: expected, "MPI_Allgather")
    guard source.count <= pieceLimit else {
      let counts = [Int](repeating: source.count, count: size)
      return try allGatherBlockByBlock(source, into: target, counts: counts)
    }
    try checked(
      cmpi_allgather(
        source.address(), target.address(), Int32(source.count), Element.mpiType.raw, raw),
      "MPI_Allgather", "\(source.count) \(Element.self) from each rank")
  }

  /// Collects `counts[r]` elements from each rank `r` on all ranks, packed in the order of ranks.
  ///
  /// Collective, blocking. Corresponds to `MPI_Allgatherv` (MPI 3.1, section 5.7). All ranks pass
  /// the same counts.
  ///
  /// - Parameter target: as long as the sum of `counts`.
  public func allGather<Element: MPIScalar>(
    _ source: UnsafeBufferPointer<Element>, into target: UnsafeMutableBufferPointer<Element>,
    counts: [Int]
  ) throws(MPIError) {
    let total = try total(of: counts, "MPI_Allgatherv")
    try require("the source", has: source.count, expected: counts[rank], "MPI_Allgatherv")
    try require("the target", has: target.count, expected: total, "MPI_Allgatherv")
    guard let layout = VectorLayout(counts, limit: pieceLimit) else {
      return try allGatherBlockByBlock(source, into: target, counts: counts)
    }
    try checked(
      cmpi_allgatherv(
        source.address(), Int32(source.count), target.address(), layout.counts, layout.places,
        Element.mpiType.raw, raw),
      "MPI_Allgatherv", "\(total) \(Element.self) in all")
  }

  /// The ranks' `values`, which have the same size everywhere, in the order of ranks.
  ///
  /// Collective, blocking. Corresponds to `MPI_Allgather`.
  public func allGather<Element: MPIScalar>(_ values: [Element]) throws(MPIError) -> [Element] {
    let total = try timesSize(values.count, "MPI_Allgather")
    var target = [Element](repeating: Element(), count: total)
    try values.withUnsafeBufferPointer { (source) throws(MPIError) in
      try target.withUnsafeMutableBufferPointer { (target) throws(MPIError) in
        try allGather(source, into: target)
      }
    }
    return target
  }

  /// The ranks' `values`, `counts[r]` of them from rank `r`, packed.
  ///
  /// Collective, blocking. Corresponds to `MPI_Allgatherv`. All ranks pass the same counts.
  public func allGather<Element: MPIScalar>(
    _ values: [Element], counts: [Int]
  ) throws(MPIError) -> [Element] {
    var target = [Element](repeating: Element(), count: try total(of: counts, "MPI_Allgatherv"))
    try values.withUnsafeBufferPointer { (source) throws(MPIError) in
      try target.withUnsafeMutableBufferPointer { (target) throws(MPIError) in
        try allGather(source, into: target, counts: counts)
      }
    }
    return target
  }

  /// An all-gather whose places do not fit a C int: each rank broadcasts its block.
  private func allGatherBlockByBlock<Element: MPIScalar>(
    _ source: UnsafeBufferPointer<Element>, into target: UnsafeMutableBufferPointer<Element>,
    counts: [Int]
  ) throws(MPIError) {
    for (owner, place) in packedPlaces(counts).enumerated() {
      let block = UnsafeMutableBufferPointer(rebasing: target[place..<place + counts[owner]])
      if owner == rank { _ = block.update(from: source) }
      try broadcast(block, from: owner)
    }
  }
}
