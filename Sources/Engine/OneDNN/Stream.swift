import COneDNN

/// Where primitives run: a stream of a CPU engine runs each at once, on the thread that asks for it.
///
/// oneDNN does not promise that threads may share one.
final class Stream {
  let handle: dnnl_stream_t

  init() throws(EngineError) {
    var handle: dnnl_stream_t?
    let engine = try OneDNN.shared().engine
    try OneDNN.check(
      "dnnl_stream_create", dnnl_stream_create(&handle, engine, dnnl_stream_default_flags.rawValue))
    guard let handle else { throw EngineError("dnnl_stream_create", "gave none") }
    self.handle = handle
  }

  deinit { dnnl_stream_destroy(handle) }
}
