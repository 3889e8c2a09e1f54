internal import CMPI

extension Communicator {
  /// Deals the root's elements out, as many to each rank, in the order of ranks.
  ///
  /// Collective, blocking. Corresponds to `MPI_Scatter` (MPI 3.1, section 5.6).
  ///
  /// - Parameter source: at the root `size` times as long as `target`; ignored elsewhere.
  public func scatter<Element: MPIScalar>(
    _ source: UnsafeBufferPointer<Element>, into target: UnsafeMutableBufferPointer<Element>,
    from root: Int = 0
  ) throws(MPIError) {
    let cRoot = try rootArgument(root, "MPI_Scatter")
    if rank == root {
      let expected = try timesSize(target.count, "MPI_Scatter")
      try require("the source", has: source.count, expected: expected, "MPI_Scatter")
    }
    guard target.count <= pieceLimit else {
      let counts = [Int](repeating: target.count, count: size)
      return try scatterBlockByBlock(source, into: target, counts: counts, from: root)
    }
    try checked(
      cmpi_scatter(
        source.address(), target.address(), Int32(target.count), Element.mpiType.raw, cRoot, raw),
      "MPI_Scatter", "\(target.count) \(Element.self) to each rank from rank \(root)")
  }

  /// Deals the root's elements out, `counts[r]` to each rank `r`, from a buffer packed in the order
  /// of ranks.
  ///
  /// Collective, blocking. Corresponds to `MPI_Scatterv` (MPI 3.1, section 5.6). All ranks pass the
  /// same counts.
  ///
  /// - Parameter source: at the root as long as the sum of `counts`; ignored elsewhere.
  public func scatter<Element: MPIScalar>(
    _ source: UnsafeBufferPointer<Element>, into target: UnsafeMutableBufferPointer<Element>,
    counts: [Int], from root: Int = 0
  ) throws(MPIError) {
    let cRoot = try rootArgument(root, "MPI_Scatterv")
    let total = try total(of: counts, "MPI_Scatterv")
    try require("the target", has: target.count, expected: counts[rank], "MPI_Scatterv")
    if rank == root {
      try require("the source", has: source.count, expected: total, "MPI_Scatterv")
    }
    guard let layout = VectorLayout(counts, limit: pieceLimit) else {
      return try scatterBlockByBlock(source, into: target, counts: counts, from: root)
    }
    try checked(
      cmpi_scatterv(
        source.address(), layout.counts, layout.places, target.address(), Int32(target.count),
        Element.mpiType.raw, cRoot, raw),
      "MPI_Scatterv", "\(total) \(Element.self) from rank \(root)")
  }

  /// This rank's equal share of the root's `values`, whose size must be a multiple of the number of
  /// ranks.
  ///
  /// Collective, blocking. Corresponds to `MPI_Scatter`.
  ///
  /// - Parameters:
  ///   - values: what to deal out; ignored on ranks other than the root.
  ///   - count: how many elements each rank gets.
  public func scatter<Element: MPIScalar>(
    _ values: [Element], count: Int, from root: Int = 0
  ) throws(MPIError) -> [Element] {
    var target = [Element](repeating: Element(), count: count)
    try values.withUnsafeBufferPointer { (source) throws(MPIError) in
      try target.withUnsafeMutableBufferPointer { (target) throws(MPIError) in
        try scatter(source, into: target, from: root)
      }
    }
    return target
  }

  /// This rank's share of the root's `values`: `counts[rank]` elements.
  ///
  /// Collective, blocking. Corresponds to `MPI_Scatterv`. All ranks pass the same counts.
  public func scatter<Element: MPIScalar>(
    _ values: [Element], counts: [Int], from root: Int = 0
  ) throws(MPIError) -> [Element] {
    _ = try total(of: counts, "MPI_Scatterv")
    var target = [Element](repeating: Element(), count: counts[rank])
    try values.withUnsafeBufferPointer { (source) throws(MPIError) in
      try target.withUnsafeMutableBufferPointer { (target) throws(MPIError) in
        try scatter(source, into: target, counts: counts, from: root)
      }
    }
    return target
  }

  /// A scatter whose places do not fit a C int: piece by piece, each with one rank's count
  /// different from zero.
  private func scatterBlockByBlock<Element: MPIScalar>(
    _ source: UnsafeBufferPointer<Element>, into target: UnsafeMutableBufferPointer<Element>,
    counts: [Int], from root: Int
  ) throws(MPIError) {
    let cRoot = try rootArgument(root, "MPI_Scatterv")
    let zeros = [Int32](repeating: 0, count: size)
    for (owner, place) in packedPlaces(counts).enumerated() {
      for piece in pieces(of: counts[owner]) {
        var only = zeros
        only[owner] = piece.count
        try checked(
          cmpi_scatterv(
            rank == root ? source.address(at: place + piece.offset) : nil, only, zeros,
            owner == rank ? target.address(at: piece.offset) : nil,
            owner == rank ? piece.count : 0, Element.mpiType.raw, cRoot, raw),
          "MPI_Scatterv", "the block of rank \(owner) from rank \(root)")
      }
    }
  }
}
