import COneDNN
import Glibc

/// The door to oneDNN: its CPU engine and the check of every status.
final class OneDNN: Sendable {
  // Unsafe to the compiler only: both are made once, never changed, never destroyed.
  nonisolated(unsafe) let engine: dnnl_engine_t
  /// Attributes shared by primitives without fused operations: scratch memory is ours.
  nonisolated(unsafe) let plainAttributes: dnnl_primitive_attr_t

  private static let made: Result<OneDNN, EngineError> = {
    do throws(EngineError) {
      return .success(try OneDNN())
    } catch {
      return .failure(error)
    }
  }()

  /// The process's only instance.
  static func shared() throws(EngineError) -> OneDNN { try made.get() }

  private init() throws(EngineError) {
    // Marks for Intel's profiler cost a tenth of a small step; whoever wants them sets the variable.
    setenv("DNNL_ITT_TASK_LEVEL", "0", 0)
    var engine: dnnl_engine_t?
    try Self.check("dnnl_engine_create", dnnl_engine_create(&engine, dnnl_cpu, 0))
    guard let engine else { throw EngineError("dnnl_engine_create", "gave no engine") }
    self.engine = engine
    plainAttributes = try Self.attributes()
  }

  /// New attributes with user-managed scratch memory.
  static func attributes() throws(EngineError) -> dnnl_primitive_attr_t {
    var attributes: dnnl_primitive_attr_t?
    try check("dnnl_primitive_attr_create", dnnl_primitive_attr_create(&attributes))
    guard let attributes else { throw EngineError("dnnl_primitive_attr_create", "gave none") }
    try check(
      "dnnl_primitive_attr_set_scratchpad_mode",
      dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user))
    return attributes
  }

  /// Throws unless `status` is success.
  static func check(
    _ function: StaticString, _ status: dnnl_status_t, _ context: @autoclosure () -> String = ""
  ) throws(EngineError) {
    guard status != dnnl_success else { return }
    let name =
      switch status {
      case dnnl_out_of_memory: "out of memory"
      case dnnl_invalid_arguments: "invalid arguments"
      case dnnl_unimplemented: "not implemented for these shapes"
      case dnnl_runtime_error: "runtime error"
      default: "status \(status.rawValue)"
      }
    let context = context()
    throw EngineError("\(function)", context.isEmpty ? name : "\(name) (\(context))")
  }
}
