internal import CMPI

// Note [Large counts]
//
// MPI 3 counts elements in a C int. Two ways around it, and never a cast:
//
// - Reductions and broadcasts are cut into pieces of at most `pieceLimit` elements, one call each.
//   Every rank cuts alike, because the counts are equal by contract.
// - A message must stay one message (probe, wildcards, order), so a longer one is sent as a single
//   element of a derived datatype. See `MessageType`.
//
// Vector collectives, whose places are C ints too, combine both: see `Communicator+Vector.swift`.
// The limit belongs to the communicator, so that tests can make it small.

/// The cuts of `count` elements into pieces a C int can count; no elements make one empty piece.
package struct Pieces: Sequence, IteratorProtocol {
  private let count: Int
  private let limit: Int
  private var start = 0
  private var isFirst = true

  package init(count: Int, limit: Int) {
    self.count = count
    self.limit = limit
  }

  /// The place of the next piece and its length, which fits as `limit` does.
  package mutating func next() -> (offset: Int, count: Int32)? {
    guard isFirst || start < count else { return nil }
    isFirst = false
    let length = Swift.min(limit, count - start)
    defer { start += length }
    return (start, Int32(length))
  }
}

extension Communicator {
  func pieces(of count: Int) -> Pieces { Pieces(count: count, limit: pieceLimit) }
}

/// The datatype and the count under which a message of any length is one message.
struct MessageType: ~Copyable {
  let raw: cmpi_datatype
  let count: Int32
  private let isDerived: Bool

  init(of element: cmpi_datatype, count: Int, limit: Int) throws(MPIError) {
    if count <= limit {
      (raw, self.count, isDerived) = (element, Int32(count), false)
    } else {
      let type = try derivedType(of: element, offset: 0, count: count, limit: limit)
      (raw, self.count, isDerived) = (type, 1, true)
    }
  }

  // The standard allows this while operations with the type are still under way (MPI 3.1, section
  // 4.1.9).
  deinit { if isDerived { _ = cmpi_type_free(raw) } }
}

/// A datatype that is `count` elements long and begins `offset` bytes after the buffer's start; the
/// caller frees it.
func derivedType(
  of element: cmpi_datatype, offset: Int, count: Int, limit: Int
) throws(MPIError) -> cmpi_datatype {
  guard let blocks = Int32(exactly: count / limit) else {
    throw MPIError(
      .MPI_ERR_COUNT, function: "MPI_Type_create_struct",
      message: "a message of \(count) elements is too long")
  }
  var type = element
  try check(
    cmpi_type_large(element, Int64(offset), blocks, Int32(limit), Int32(count % limit), &type),
    "MPI_Type_create_struct")
  return type
}

extension UnsafeBufferPointer {
  /// The address of element `offset`, or nil for a buffer without memory.
  func address(at offset: Int = 0) -> UnsafeRawPointer? {
    baseAddress.map { UnsafeRawPointer($0 + offset) }
  }
}

extension UnsafeMutableBufferPointer {
  /// The address of element `offset`, or nil for a buffer without memory.
  func address(at offset: Int = 0) -> UnsafeMutableRawPointer? {
    baseAddress.map { UnsafeMutableRawPointer($0 + offset) }
  }
}
