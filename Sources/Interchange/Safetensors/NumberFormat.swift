/// The element types of a safetensors file that are understood.
enum NumberFormat: String, CaseIterable {
  case float64 = "F64"
  case float32 = "F32"
  case float16 = "F16"
  /// The upper half of a float32.
  case bfloat16 = "BF16"
  case int64 = "I64"

  /// Bytes of one element.
  var byteCount: Int {
    switch self {
    case .float64, .int64: 8
    case .float32: 4
    case .float16, .bfloat16: 2
    }
  }

  /// The little-endian elements in `bytes`, each rounded to the nearest float32.
  func floats(_ bytes: UnsafeRawBufferPointer) -> [Float] {
    let count = bytes.count / byteCount
    func element<T: FixedWidthInteger>(_ index: Int, _: T.Type) -> T {
      T(littleEndian: bytes.loadUnaligned(fromByteOffset: index * byteCount, as: T.self))
    }
    return (0..<count).map { index in
      switch self {
      case .float64: Float(Double(bitPattern: element(index, UInt64.self)))
      case .float32: Float(bitPattern: element(index, UInt32.self))
      case .float16: Float(Float16(bitPattern: element(index, UInt16.self)))
      case .bfloat16: Float(bitPattern: UInt32(element(index, UInt16.self)) << 16)
      case .int64: Float(element(index, Int64.self))
      }
    }
  }
}
