import CCodecs

/// The members of a zip file, as `numpy.savez` writes it.
///
///     | member | member | ... | directory: one entry a member | end record: where the directory is |
///
/// Source: PKWARE, "APPNOTE.TXT - .ZIP File Format Specification", 6.3, 4.3 and 4.5.3 (Zip64).
struct ZipArchive {
  private struct Entry {
    let method: UInt16
    let checksum: UInt32
    let compressedSize: Int
    let size: Int
    let offset: Int
  }

  let file: FileBytes
  /// Names in the order of the directory.
  let names: [String]
  private let entries: [String: Entry]

  init(_ file: FileBytes) throws(ImportError) {
    self.file = file
    var (count, start) = try Self.directory(of: file)
    var cursor = ByteCursor(file, offset: min(start, file.bytes.count))
    var names: [String] = []
    var entries: [String: Entry] = [:]
    while count > 0 {
      guard try cursor.littleEndian(UInt32.self) == 0x0201_4B50 else {
        throw ImportError(file.path, "", "its zip directory is damaged")
      }
      _ = try cursor.bytes(6)
      let method = try cursor.littleEndian(UInt16.self)
      _ = try cursor.bytes(4)
      let checksum = try cursor.littleEndian(UInt32.self)
      var compressed = Int(try cursor.littleEndian(UInt32.self))
      var size = Int(try cursor.littleEndian(UInt32.self))
      let nameLength = Int(try cursor.littleEndian(UInt16.self))
      let extraLength = Int(try cursor.littleEndian(UInt16.self))
      let commentLength = Int(try cursor.littleEndian(UInt16.self))
      _ = try cursor.bytes(8)
      start = Int(try cursor.littleEndian(UInt32.self))
      let name = String(decoding: try cursor.bytes(nameLength), as: UTF8.self)
      // Zip64: what does not fit 32 bits stands in the extra field, in this order.
      var extra = ByteCursor(file, offset: cursor.offset)
      let end = cursor.offset + extraLength
      _ = try cursor.bytes(extraLength + commentLength)
      while end - extra.offset >= 4 {
        let tag = try extra.littleEndian(UInt16.self)
        let length = Int(try extra.littleEndian(UInt16.self))
        guard tag == 1 else {
          _ = try extra.bytes(length)
          continue
        }
        if size == 0xFFFF_FFFF { size = Int(clamping: try extra.littleEndian(UInt64.self)) }
        if compressed == 0xFFFF_FFFF {
          compressed = Int(clamping: try extra.littleEndian(UInt64.self))
        }
        if start == 0xFFFF_FFFF { start = Int(clamping: try extra.littleEndian(UInt64.self)) }
        break
      }
      names.append(name)
      entries[name] = Entry(
        method: method, checksum: checksum, compressedSize: compressed, size: size, offset: start)
      count -= 1
    }
    self.names = names
    self.entries = entries
  }

  /// Where the directory begins and how many entries it has.
  private static func directory(of file: FileBytes) throws(ImportError) -> (count: Int, start: Int)
  {
    let bytes = file.bytes
    // The end record has 22 bytes and a comment of at most 65,535.
    var offset = bytes.count - 22
    while offset >= 0, offset >= bytes.count - 22 - 65_535 {
      var cursor = ByteCursor(file, offset: offset)
      if try cursor.littleEndian(UInt32.self) == 0x0605_4B50 {
        _ = try cursor.bytes(6)
        let count = Int(try cursor.littleEndian(UInt16.self))
        _ = try cursor.bytes(4)
        let start = Int(try cursor.littleEndian(UInt32.self))
        return (count, start)
      }
      offset -= 1
    }
    throw ImportError(file.path, "", "is no zip file, or is cut off: it has no end record")
  }

  /// The bytes of a member.
  func member(_ name: String) throws(ImportError) -> FileBytes {
    guard let entry = entries[name] else {
      throw ImportError(file.path, "", "has no member \(name)")
    }
    let path = "\(file.path):\(name)"
    var cursor = ByteCursor(file, offset: min(entry.offset, file.bytes.count))
    guard try cursor.littleEndian(UInt32.self) == 0x0403_4B50 else {
      throw ImportError(path, "", "does not begin where the zip directory says")
    }
    _ = try cursor.bytes(22)
    let nameLength = Int(try cursor.littleEndian(UInt16.self))
    let extraLength = Int(try cursor.littleEndian(UInt16.self))
    _ = try cursor.bytes(nameLength + extraLength)
    let stored = try cursor.bytes(entry.compressedSize)
    let result: FileBytes
    switch entry.method {
    case 0: result = FileBytes([UInt8](stored), path: path)
    case 8:
      result = FileBytes(
        inflated: try FileBytes.inflate(stored, CC_RAW_DEFLATE, limit: max(1, entry.size), path),
        path: path)
    default:
      throw ImportError(path, "", "is compressed by method \(entry.method); 0 and 8 are known")
    }
    let base = result.bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    guard result.bytes.count == entry.size, cc_crc32(base, result.bytes.count) == entry.checksum
    else { throw ImportError(path, "", "is damaged: its checksum is another") }
    return result
  }
}
