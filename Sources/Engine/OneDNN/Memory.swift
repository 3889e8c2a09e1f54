import COneDNN

/// A oneDNN memory object: a layout at an address that somebody else owns.
final class Memory {
  let handle: dnnl_memory_t

  init(_ layout: Layout, at address: UnsafeMutableRawPointer? = nil) throws(EngineError) {
    var raw = layout.raw
    var handle: dnnl_memory_t?
    try OneDNN.check(
      "dnnl_memory_create", conednn_memory(&handle, try OneDNN.shared().engine, &raw))
    guard let handle else { throw EngineError("dnnl_memory_create", "gave no memory") }
    self.handle = handle
    if let address { try move(to: address) }
  }

  /// Points to another address.
  func move(to address: UnsafeMutableRawPointer) throws(EngineError) {
    try OneDNN.check(
      "dnnl_memory_set_data_handle", dnnl_memory_set_data_handle(handle, address))
  }

  deinit { dnnl_memory_destroy(handle) }
}
