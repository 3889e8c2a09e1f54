import Foundation

/// A message of Protocol Buffers taken apart, for tests of what was written.
struct ProtobufReader {
  enum Field {
    case integer(UInt64)
    case bytes(Data)
    case word(UInt32)
  }

  let fields: [(number: Int, value: Field)]

  init(_ data: Data) {
    let bytes = [UInt8](data)
    var position = 0
    func varint() -> UInt64 {
      var (value, shift) = (UInt64(0), UInt64(0))
      while true {
        let byte = bytes[position]
        position += 1
        value |= UInt64(byte & 0x7F) << shift
        if byte < 0x80 { return value }
        shift += 7
      }
    }
    var fields: [(number: Int, value: Field)] = []
    while position < bytes.count {
      let key = varint()
      switch key & 7 {
      case 0: fields.append((Int(key >> 3), .integer(varint())))
      case 2:
        let count = Int(varint())
        fields.append((Int(key >> 3), .bytes(Data(bytes[position..<position + count]))))
        position += count
      case 5:
        let word = bytes[position..<position + 4].reversed().reduce(UInt32(0)) {
          $0 << 8 | UInt32($1)
        }
        fields.append((Int(key >> 3), .word(word)))
        position += 4
      default: preconditionFailure("wire type \(key & 7)")
      }
    }
    self.fields = fields
  }

  func integers(_ number: Int) -> [Int] {
    fields.compactMap {
      guard $0.number == number, case .integer(let value) = $0.value else { return nil }
      return Int(Int64(bitPattern: value))
    }
  }

  func data(_ number: Int) -> [Data] {
    fields.compactMap {
      guard $0.number == number, case .bytes(let data) = $0.value else { return nil }
      return data
    }
  }

  func texts(_ number: Int) -> [String] { data(number).map { String(decoding: $0, as: UTF8.self) } }

  func messages(_ number: Int) -> [ProtobufReader] { data(number).map(ProtobufReader.init) }
}
