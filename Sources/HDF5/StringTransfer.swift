import CHDF5
import Glibc

/// How many bytes each string of a dataset or attribute may take.
public enum StringLength: Sendable, Hashable {
  /// Any number.
  case variable
  /// At most this many bytes of UTF-8; shorter strings are padded with zeros.
  case fixed(Int)
}

/// Moves strings between Swift and HDF5's two ways to store them.
///
///     fixed(5):   "oar\0\0" "sail\0"          bytes in place, padded
///     variable:   char* char*  → the heap     pointers in memory, references in the file
struct StringTransfer {
  let type: Handle
  /// Bytes of each string; `nil` when it varies.
  let byteCount: Int?
  let name: String

  /// The type that strings of `length` are stored as: UTF-8, padded with zeros.
  init(_ length: StringLength, _ name: String) throws(HDF5Error) {
    self.name = name
    type = Handle(try check("H5Tcopy", name, H5Tcopy(chdf5_c_string())))
    try check("H5Tset_cset", name, H5Tset_cset(type.id, H5T_CSET_UTF8))
    switch length {
    case .variable:
      byteCount = nil
      try check("H5Tset_size", name, H5Tset_size(type.id, chdf5_variable_length()))
    case .fixed(let count):
      guard count > 0 else {
        throw HDF5Error(
          function: "StringLength.fixed", path: name, reason: "\(count) bytes hold no string")
      }
      byteCount = count
      try check("H5Tset_size", name, H5Tset_size(type.id, count))
      try check("H5Tset_strpad", name, H5Tset_strpad(type.id, H5T_STR_NULLPAD))
    }
  }

  /// The type in memory for strings that are stored as `stored`.
  init(reading stored: StoredType, _ function: String, _ name: String) throws(HDF5Error) {
    guard case .string(let count) = stored.elementClass else {
      throw HDF5Error(
        function: function, path: name,
        reason: "holds \(stored.elementClass) elements, not strings")
    }
    self.name = name
    type = Handle(try check("H5Tcopy", name, H5Tcopy(stored.handle.id)))
    byteCount = count
    // Files of Fortran programs pad with spaces; the conversion to zero padding removes them.
    if count != nil {
      try check("H5Tset_strpad", name, H5Tset_strpad(type.id, H5T_STR_NULLPAD))
    }
  }

  /// Reads `count` strings by `call`, which fills the memory it is given.
  func read(
    _ function: String, count: Int, _ call: (UnsafeMutableRawPointer) -> herr_t
  ) throws(HDF5Error) -> [String] {
    guard count > 0 else { return [] }
    guard let byteCount else { return try readVariable(function, count: count, call) }
    var bytes = [UInt8](repeating: 0, count: count * byteCount)
    try bytes.withUnsafeMutableBufferPointer { (buffer) throws(HDF5Error) in
      guard let base = buffer.baseAddress else { return }
      try check(function, name, call(base))
    }
    return (0..<count).map { index in
      let field = bytes[(index * byteCount)..<((index + 1) * byteCount)]
      return String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  private func readVariable(
    _ function: String, count: Int, _ call: (UnsafeMutableRawPointer) -> herr_t
  ) throws(HDF5Error) -> [String] {
    let pointers = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: count)
    pointers.initialize(repeating: nil, count: count)
    defer { pointers.deallocate() }
    try check(function, name, call(pointers))
    let strings = (0..<count).map { index in
      pointers[index].map { String(cString: $0) } ?? ""
    }
    let space = try Dataspace(shape: [count], function, name)
    try check(
      "H5Dvlen_reclaim", name,
      H5Dvlen_reclaim(type.id, space.handle.id, hid_t(H5P_DEFAULT), pointers))
    return strings
  }

  /// Writes `strings` by `call`, which takes the memory it is given.
  ///
  /// - Throws: `HDF5Error` when a string holds a zero byte, which ends a string here, or is
  ///   longer than the fixed length.
  func write(
    _ function: String, _ strings: [String], _ call: (UnsafeRawPointer) -> herr_t
  ) throws(HDF5Error) {
    for (index, string) in strings.enumerated() {
      guard !string.utf8.contains(0), string.utf8.count <= byteCount ?? .max else {
        throw HDF5Error(
          function: function, path: name,
          reason: "string \(index) holds a zero byte or more than \(byteCount ?? .max) bytes")
      }
    }
    guard !strings.isEmpty else { return }
    if let byteCount {
      var bytes: [UInt8] = []
      bytes.reserveCapacity(strings.count * byteCount)
      for string in strings {
        bytes += string.utf8
        bytes += repeatElement(0, count: byteCount - string.utf8.count)
      }
      try bytes.withUnsafeBufferPointer { (buffer) throws(HDF5Error) in
        guard let base = buffer.baseAddress else { return }
        try check(function, name, call(base))
      }
    } else {
      let pointers = strings.map { strdup($0) }
      defer { pointers.forEach { free($0) } }
      try pointers.withUnsafeBufferPointer { (buffer) throws(HDF5Error) in
        guard let base = buffer.baseAddress else { return }
        try check(function, name, call(base))
      }
    }
  }
}
