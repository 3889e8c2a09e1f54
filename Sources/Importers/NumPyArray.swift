import HDF5

/// An array in a `.npy` file.
///
///     | \x93NUMPY | version 2 bytes | length of header | {'descr': '<f4', 'fortran_order': False,
///     'shape': (3, 4), } | elements |
///
/// Source: NumPy enhancement proposal 1, "A simple file format for NumPy arrays".
struct NumPyArray {
  let path: String
  let type: ScalarType
  let shape: [Int]
  private let bytes: FileBytes
  private let offset: Int

  init(_ file: FileBytes) throws(ImportError) {
    path = file.path
    var cursor = ByteCursor(file)
    guard cursor.left > 8, try cursor.bytes(6).elementsEqual([0x93] + Array("NUMPY".utf8)) else {
      throw ImportError(path, "", "is no .npy file")
    }
    let version = try cursor.bytes(2)[0]
    let length =
      version == 1
      ? Int(try cursor.littleEndian(UInt16.self)) : Int(try cursor.littleEndian(UInt32.self))
    let header = String(decoding: try cursor.bytes(length), as: UTF8.self)
    let descr = try Self.value("descr", in: header, path).trimmed
    let text = descr.trimmingQuotes
    guard let type = Self.type(text) else {
      throw ImportError(
        path, "", "holds elements of type \(descr), which are no numbers known here")
    }
    var shape: [Int] = []
    for word in try Self.value("shape", in: header, path).split(separator: ",") {
      guard let extent = Int(String(word).trimmed), extent >= 0 else {
        throw ImportError(path, "", "has the shape entry \"\(word)\"")
      }
      shape.append(extent)
    }
    guard let size = product(shape, times: type.byteCount), size == cursor.left else {
      throw ImportError(
        path, "", "declares \(type.rawValue) of shape \(shape), but \(cursor.left) bytes follow")
    }
    let isFortran = try Self.value("fortran_order", in: header, path).trimmed == "True"
    var bytes = file
    var offset = cursor.offset
    if text.hasPrefix(">"), type.byteCount > 1 {
      bytes = file.swapped(from: offset, size: type.byteCount)
    }
    if isFortran, shape.count > 1 {
      bytes = Self.transposed(bytes, offset, shape, type.byteCount)
      offset = 0
    }
    (self.type, self.shape, self.bytes, self.offset) = (type, shape, bytes, offset)
  }

  /// The positions of the first axis.
  func rows() throws(ImportError) -> StoredRows {
    let size = product(Array(shape.dropFirst()), times: type.byteCount) ?? 0
    return try StoredRows(
      bytes, offset: offset, stride: size, byteCount: size, count: shape.first ?? 0)
  }

  /// The text of a key of the header, a dictionary as Python prints it.
  private static func value(
    _ key: String, in header: String, _ path: String
  ) throws(ImportError) -> String {
    let quoted = Array("'\(key)':".utf8)
    let bytes = Array(header.utf8)
    guard let start = bytes.indices.first(where: { bytes[$0...].starts(with: quoted) }) else {
      throw ImportError(path, "", "its header does not tell \(key)")
    }
    var rest = bytes[(start + quoted.count)...].drop { $0 == UInt8(ascii: " ") }
    let isTuple = rest.first == UInt8(ascii: "(")
    if isTuple { rest = rest.dropFirst() }
    let ends: [UInt8] = isTuple ? [UInt8(ascii: ")")] : [UInt8(ascii: ","), UInt8(ascii: "}")]
    return String(decoding: rest.prefix { !ends.contains($0) }, as: UTF8.self)
  }

  private static func type(_ descr: String) -> ScalarType? {
    switch descr.drop(while: { "<>|=".contains($0) }) {
    case "u1", "b1", "?": .uint8
    case "i1": .int8
    case "u2": .uint16
    case "i2": .int16
    case "u4": .uint32
    case "i4": .int32
    case "u8": .uint64
    case "i8": .int64
    case "f4": .float32
    case "f8": .float64
    default: nil
    }
  }

  /// Elements whose first axis runs fastest, in row-major order.
  private static func transposed(
    _ file: FileBytes, _ offset: Int, _ shape: [Int], _ size: Int
  ) -> FileBytes {
    var strides = [Int](repeating: size, count: shape.count)
    for axis in 1..<shape.count { strides[axis] = strides[axis - 1] * shape[axis - 1] }
    var result = [UInt8]()
    result.reserveCapacity(file.bytes.count - offset)
    var index = [Int](repeating: 0, count: shape.count)
    for _ in 0..<shape.reduce(1, *) {
      let place = offset + zip(index, strides).reduce(0) { $0 + $1.0 * $1.1 }
      result.append(contentsOf: file.bytes[place..<place + size])
      for axis in shape.indices.reversed() {
        index[axis] += 1
        if index[axis] < shape[axis] { break }
        index[axis] = 0
      }
    }
    return FileBytes(result, path: file.path)
  }
}

extension String {
  /// Without quotes around it.
  fileprivate var trimmingQuotes: String {
    String(drop { $0 == "'" || $0 == "\"" }.prefix { $0 != "'" && $0 != "\"" })
  }
}
