package import Foundation

// Note [Protocol Buffers]
// A message is a row of fields, each a key and a value (the encoding of proto2 and proto3):
//
//     key = varint(number << 3 | type)      type 0: varint, 2: varint of the length, then so many bytes,
//                                                5: four bytes, lowest first
//
// A varint is seven bits a byte, lowest first, with the high bit set on all but the last; negative
// numbers are two's complement of 64 bits. That is all that ONNX needs, so that no generator of code
// and no library has to come along.

/// A message of Protocol Buffers while it is being written.
package struct ProtobufMessage {
  package private(set) var bytes = Data()

  /// Writes the fields that `body` adds.
  package init(_ body: (inout ProtobufMessage) -> Void = { _ in }) { body(&self) }

  /// An integer.
  package mutating func add(_ field: Int, _ value: Int) {
    varint(UInt64(field << 3))
    varint(UInt64(bitPattern: Int64(value)))
  }

  /// A float32.
  package mutating func add(_ field: Int, _ value: Float) {
    varint(UInt64(field << 3 | 5))
    bytes.append(littleEndian: [value])
  }

  /// A string.
  package mutating func add(_ field: Int, _ text: String) { add(field, Data(text.utf8)) }

  /// Bytes.
  package mutating func add(_ field: Int, _ data: Data) {
    varint(UInt64(field << 3 | 2))
    varint(UInt64(data.count))
    bytes.append(data)
  }

  /// A message.
  package mutating func add(_ field: Int, _ message: ProtobufMessage) { add(field, message.bytes) }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F | 0x80))
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
