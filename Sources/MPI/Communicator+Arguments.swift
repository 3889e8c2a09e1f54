internal import CMPI

extension Communicator {
  /// Checks the return code of a call on this communicator; errors say which rank it was.
  @inline(__always)
  func checked(
    _ code: Int32, _ function: StaticString, _ what: @autoclosure () -> String
  ) throws(MPIError) {
    try check(code, function, place(what()))
  }

  /// An error found in front of a call.
  func invalid(
    _ code: MPIError.Code, _ function: StaticString, _ message: String
  ) -> MPIError {
    MPIError(code, function: "\(function)", message: message, context: place(""))
  }

  private func place(_ what: String) -> String {
    what.isEmpty ? "rank \(rank) of \(size)" : "rank \(rank) of \(size), \(what)"
  }

  /// `peer` as C wants it, if it is a rank of this communicator.
  func rankArgument(
    _ peer: Int, _ function: StaticString, code: MPIError.Code = .MPI_ERR_RANK
  ) throws(MPIError) -> Int32 {
    guard peer >= 0, peer < size, let value = Int32(exactly: peer) else {
      throw invalid(code, function, "rank \(peer) is not in 0..<\(size)")
    }
    return value
  }

  /// `root` as C wants it, if it is a rank of this communicator.
  func rootArgument(_ root: Int, _ function: StaticString) throws(MPIError) -> Int32 {
    try rankArgument(root, function, code: .MPI_ERR_ROOT)
  }

  /// `source` as C wants it; nil is any rank.
  func sourceArgument(_ source: Int?, _ function: StaticString) throws(MPIError) -> Int32 {
    guard let source else { return MPI_ANY_SOURCE }
    return try rankArgument(source, function)
  }

  /// `tag` as C wants it.
  func tagArgument(_ tag: Int, _ function: StaticString) throws(MPIError) -> Int32 {
    guard tag >= 0, let value = Int32(exactly: tag) else {
      throw invalid(.MPI_ERR_TAG, function, "tag \(tag) is not in 0...\(tagUpperBound)")
    }
    return value
  }

  /// `tag` as C wants it; nil is any tag.
  func tagArgument(_ tag: Int?, _ function: StaticString) throws(MPIError) -> Int32 {
    guard let tag else { return MPI_ANY_TAG }
    return try tagArgument(tag, function)
  }

  /// Throws unless a buffer has the size that the operation will read or write.
  func require(
    _ name: StaticString, has count: Int, expected: Int, _ function: StaticString
  ) throws(MPIError) {
    if count != expected {
      throw invalid(
        .MPI_ERR_BUFFER, function, "\(name) has \(count) elements where \(expected) are needed")
    }
  }

  /// Throws unless `counts` names one count for each rank; returns their sum.
  func total(of counts: [Int], _ function: StaticString) throws(MPIError) -> Int {
    var sum = 0
    for count in counts {
      let (next, overflow) = sum.addingReportingOverflow(count)
      if count < 0 || overflow {
        throw invalid(.MPI_ERR_COUNT, function, "counts \(counts) are not sizes")
      }
      sum = next
    }
    if counts.count != size {
      throw invalid(.MPI_ERR_COUNT, function, "\(counts.count) counts for \(size) ranks")
    }
    return sum
  }

  /// `count` times the number of ranks, if it is a size at all.
  func timesSize(_ count: Int, _ function: StaticString) throws(MPIError) -> Int {
    let (product, overflow) = count.multipliedReportingOverflow(by: size)
    if overflow { throw invalid(.MPI_ERR_COUNT, function, "\(count) elements from each rank") }
    return product
  }
}
