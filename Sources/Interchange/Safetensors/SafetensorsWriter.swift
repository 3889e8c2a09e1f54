public import Checkpoints
public import Foundation

/// Writes safetensors files; see Note [Safetensors].
public enum SafetensorsWriter {
  /// The bytes of a file with `tensors` as F32 in their order.
  ///
  /// Equal tensors and texts give equal bytes. The header is filled up with spaces so that the data
  /// begins at a multiple of eight.
  public static func bytes(
    _ tensors: [CheckpointTensor], metadata: [String: String] = [:]
  ) -> Data {
    var members: [String] = []
    if !metadata.isEmpty {
      let texts = metadata.sorted { $0.key < $1.key }.map {
        "\(JSONValue.quoted($0.key)):\(JSONValue.quoted($0.value))"
      }
      members.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
    }
    var end = 0
    for tensor in tensors {
      let start = end
      end += 4 * tensor.values.count
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      members.append(
        "\(JSONValue.quoted(tensor.path)):{\"dtype\":\"F32\",\"shape\":[\(shape)],\"data_offsets\":[\(start),\(end)]}"
      )
    }
    var header = Array("{\(members.joined(separator: ","))}".utf8)
    while header.count % 8 != 0 { header.append(0x20) }
    var file = Data(capacity: 8 + header.count + end)
    withUnsafeBytes(of: UInt64(header.count).littleEndian) { file.append(contentsOf: $0) }
    file.append(contentsOf: header)
    for tensor in tensors { file.append(littleEndian: tensor.values) }
    return file
  }
}

extension Data {
  /// Appends the bytes of `values`, four each, lowest first.
  mutating func append(littleEndian values: [Float]) {
    #if _endian(little)
      values.withUnsafeBytes { append(contentsOf: $0) }
    #else
      for value in values {
        Swift.withUnsafeBytes(of: value.bitPattern.littleEndian) { append(contentsOf: $0) }
      }
    #endif
  }
}
