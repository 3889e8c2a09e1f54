internal import CMPI

extension Communicator {
  /// Reduces the ranks' `source` element by element, and leaves block `r` of the result with each
  /// rank `r`.
  ///
  /// Collective, blocking. Corresponds to `MPI_Reduce_scatter` (MPI 3.1, section 5.10.2). All ranks
  /// pass the same counts.
  ///
  /// - Parameters:
  ///   - source: as long as the sum of `counts`, blocks packed in the order of ranks.
  ///   - target: `counts[rank]` elements; does not overlap `source`.
  public func reduceScatter<Element: MPIScalar>(
    _ source: UnsafeBufferPointer<Element>, into target: UnsafeMutableBufferPointer<Element>,
    counts: [Int], _ reduction: Reduction
  ) throws(MPIError) {
    let total = try total(of: counts, "MPI_Reduce_scatter")
    try require("the source", has: source.count, expected: total, "MPI_Reduce_scatter")
    try require("the target", has: target.count, expected: counts[rank], "MPI_Reduce_scatter")
    guard let layout = VectorLayout(counts, limit: pieceLimit) else {
      return try reduceScatterBlockByBlock(source, into: target, counts: counts, reduction)
    }
    try checked(
      cmpi_reduce_scatter(
        source.address(), target.address(), layout.counts, Element.mpiType.raw, reduction.raw, raw),
      "MPI_Reduce_scatter", "\(reduction) of \(total) \(Element.self)")
  }

  /// This rank's block of the reduction of the ranks' `values`, divided by `counts`.
  ///
  /// Collective, blocking. Corresponds to `MPI_Reduce_scatter`. All ranks pass the same counts.
  public func reduceScatter<Element: MPIScalar>(
    _ values: [Element], counts: [Int], _ reduction: Reduction
  ) throws(MPIError) -> [Element] {
    _ = try total(of: counts, "MPI_Reduce_scatter")
    var target = [Element](repeating: Element(), count: counts[rank])
    try values.withUnsafeBufferPointer { (source) throws(MPIError) in
      try target.withUnsafeMutableBufferPointer { (target) throws(MPIError) in
        try reduceScatter(source, into: target, counts: counts, reduction)
      }
    }
    return target
  }

  /// A reduce-scatter whose places do not fit a C int: each rank is the root of the reduction of
  /// its block.
  private func reduceScatterBlockByBlock<Element: MPIScalar>(
    _ source: UnsafeBufferPointer<Element>, into target: UnsafeMutableBufferPointer<Element>,
    counts: [Int], _ reduction: Reduction
  ) throws(MPIError) {
    for (owner, place) in packedPlaces(counts).enumerated() {
      let root = try rootArgument(owner, "MPI_Reduce")
      for piece in pieces(of: counts[owner]) {
        try checked(
          cmpi_reduce(
            source.address(at: place + piece.offset),
            owner == rank ? target.address(at: piece.offset) : nil, piece.count,
            Element.mpiType.raw, reduction.raw, root, raw),
          "MPI_Reduce", "\(reduction) of the block of rank \(owner)")
      }
    }
  }
}
