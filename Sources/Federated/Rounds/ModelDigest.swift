import Crypto
public import Engine

extension FederatedState {
  /// The SHA-256 of all parameters and buffers, row-major float32 in little-endian bytes, in the
  /// graph's order, as hexadecimal digits: equal models have equal digests. Local.
  public func digest() throws(EngineError) -> String {
    var hash = SHA256()
    for index in map.entries.indices {
      let values = try map.unpack(index, from: global.base)
      values.withUnsafeBytes { hash.update(bufferPointer: $0) }
    }
    return hash.finalize().map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}
