/// Reads numbers of a file one behind the other, never beyond its end.
struct ByteCursor {
  let file: FileBytes
  private(set) var offset: Int

  init(_ file: FileBytes, offset: Int = 0) { (self.file, self.offset) = (file, offset) }

  /// Bytes that are left.
  var left: Int { file.bytes.count - offset }

  /// The next bytes.
  mutating func bytes(_ count: Int) throws(ImportError) -> UnsafeRawBufferPointer {
    guard count >= 0, count <= left else {
      throw ImportError(
        file.path, "byte \(offset)",
        "ends too early: \(count) more bytes were expected, \(left) are left")
    }
    defer { offset += count }
    return UnsafeRawBufferPointer(rebasing: file.bytes[offset..<offset + count])
  }

  /// The next integer, most significant byte first.
  mutating func bigEndian<Number: FixedWidthInteger>(
    _ type: Number.Type
  ) throws(ImportError) -> Number {
    Number(bigEndian: try bytes(MemoryLayout<Number>.size).loadUnaligned(as: type))
  }

  /// The next integer, least significant byte first.
  mutating func littleEndian<Number: FixedWidthInteger>(
    _ type: Number.Type
  ) throws(ImportError) -> Number {
    Number(littleEndian: try bytes(MemoryLayout<Number>.size).loadUnaligned(as: type))
  }
}

/// The product of extents, or `nil` if one is negative or it does not fit.
func product(_ extents: [Int], times first: Int = 1) -> Int? {
  var result = first
  for extent in extents {
    let (next, overflow) = result.multipliedReportingOverflow(by: extent)
    guard extent >= 0, !overflow else { return nil }
    result = next
  }
  return result
}

extension FileBytes {
  /// A copy in which the bytes of every element of `size` from `offset` on are in reverse order.
  func swapped(from offset: Int, size: Int) -> FileBytes {
    var copy = [UInt8](bytes)
    for start in stride(from: offset, to: copy.count - size + 1, by: size) {
      copy[start..<start + size].reverse()
    }
    return FileBytes(copy, path: path)
  }
}
