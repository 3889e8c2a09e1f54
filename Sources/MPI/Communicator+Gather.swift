internal import CMPI

extension Communicator {
  /// Collects as many elements from each rank at the root, in the order of ranks.
  ///
  /// Collective, blocking. Corresponds to `MPI_Gather` (MPI 3.1, section 5.5).
  ///
  /// - Parameter target: at the root `size` times as long as `source`; ignored elsewhere.
  public func gather<Element: MPIScalar>(
    _ source: UnsafeBufferPointer<Element>, into target: UnsafeMutableBufferPointer<Element>,
    to root: Int = 0
  ) throws(MPIError) {
    let cRoot = try rootArgument(root, "MPI_Gather")
    if rank == root {
      let expected = try timesSize(source.count, "MPI_Gather")
      try require("the target", has: target.count, expected: expected, "MPI_Gather")
    }
    guard source.count <= pieceLimit else {
      let counts = [Int](repeating: source.count, count: size)
      return try gatherBlockByBlock(source, into: target, counts: counts, to: root)
    }
    try checked(
      cmpi_gather(
        source.address(), target.address(), Int32(source.count), Element.mpiType.raw, cRoot, raw),
      "MPI_Gather", "\(source.count) \(Element.self) from each rank to rank \(root)")
  }

  /// Collects `counts[r]` elements from each rank `r` at the root, packed in the order of ranks.
  ///
  /// Collective, blocking. Corresponds to `MPI_Gatherv` (MPI 3.1, section 5.5). All ranks pass the
  /// same counts.
  ///
  /// - Parameter target: at the root as long as the sum of `counts`; ignored elsewhere.
  public func gather<Element: MPIScalar>(
    _ source: UnsafeBufferPointer<Element>, into target: UnsafeMutableBufferPointer<Element>,
    counts: [Int], to root: Int = 0
  ) throws(MPIError) {
    let cRoot = try rootArgument(root, "MPI_Gatherv")
    let total = try total(of: counts, "MPI_Gatherv")
    try require("the source", has: source.count, expected: counts[rank], "MPI_Gatherv")
    if rank == root {
      try require("the target", has: target.count, expected: total, "MPI_Gatherv")
    }
    guard let layout = VectorLayout(counts, limit: pieceLimit) else {
      return try gatherBlockByBlock(source, into: target, counts: counts, to: root)
    }
    try checked(
      cmpi_gatherv(
        source.address(), Int32(source.count), target.address(), layout.counts, layout.places,
        Element.mpiType.raw, cRoot, raw),
      "MPI_Gatherv", "\(total) \(Element.self) to rank \(root)")
  }

  /// The ranks' `values`, which have the same size everywhere, in the order of ranks; nil on ranks
  /// other than the root.
  ///
  /// Collective, blocking. Corresponds to `MPI_Gather`.
  public func gather<Element: MPIScalar>(
    _ values: [Element], to root: Int = 0
  ) throws(MPIError) -> [Element]? {
    let total = try timesSize(values.count, "MPI_Gather")
    var target = [Element](repeating: Element(), count: rank == root ? total : 0)
    try values.withUnsafeBufferPointer { (source) throws(MPIError) in
      try target.withUnsafeMutableBufferPointer { (target) throws(MPIError) in
        try gather(source, into: target, to: root)
      }
    }
    return rank == root ? target : nil
  }

  /// The ranks' `values`, `counts[r]` of them from rank `r`, packed; nil on ranks other than the
  /// root.
  ///
  /// Collective, blocking. Corresponds to `MPI_Gatherv`. All ranks pass the same counts.
  public func gather<Element: MPIScalar>(
    _ values: [Element], counts: [Int], to root: Int = 0
  ) throws(MPIError) -> [Element]? {
    let total = try total(of: counts, "MPI_Gatherv")
    var target = [Element](repeating: Element(), count: rank == root ? total : 0)
    try values.withUnsafeBufferPointer { (source) throws(MPIError) in
      try target.withUnsafeMutableBufferPointer { (target) throws(MPIError) in
        try gather(source, into: target, counts: counts, to: root)
      }
    }
    return rank == root ? target : nil
  }

  /// A gather whose places do not fit a C int: piece by piece, each with one rank's count different
  /// from zero.
  private func gatherBlockByBlock<Element: MPIScalar>(
    _ source: UnsafeBufferPointer<Element>, into target: UnsafeMutableBufferPointer<Element>,
    counts: [Int], to root: Int
  ) throws(MPIError) {
    let cRoot = try rootArgument(root, "MPI_Gatherv")
    let zeros = [Int32](repeating: 0, count: size)
    for (owner, place) in packedPlaces(counts).enumerated() {
      for piece in pieces(of: counts[owner]) {
        var only = zeros
        only[owner] = piece.count
        try checked(
          cmpi_gatherv(
            owner == rank ? source.address(at: piece.offset) : nil,
            owner == rank ? piece.count : 0,
            rank == root ? target.address(at: place + piece.offset) : nil, only, zeros,
            Element.mpiType.raw, cRoot, raw),
          "MPI_Gatherv", "the block of rank \(owner) to rank \(root)")
      }
    }
  }
}
