import COneDNN

/// The operands of oneDNN primitives by role.
enum Operand: Int32 {
  case source, destination, weights, bias, scale, shift, mean, variance, workspace
  case scratch, sourceGradient, destinationGradient, weightsGradient, biasGradient
  case scaleGradient, shiftGradient, from, to

  /// oneDNN's number of the argument.
  var argument: Int32 {
    let number =
      switch self {
      case .source: conednn_arg_src
      case .destination: conednn_arg_dst
      case .weights: conednn_arg_weights
      case .bias: conednn_arg_bias
      case .scale: conednn_arg_scale
      case .shift: conednn_arg_shift
      case .mean: conednn_arg_mean
      case .variance: conednn_arg_variance
      case .workspace: conednn_arg_workspace
      case .scratch: conednn_arg_scratchpad
      case .sourceGradient: conednn_arg_diff_src
      case .destinationGradient: conednn_arg_diff_dst
      case .weightsGradient: conednn_arg_diff_weights
      case .biasGradient: conednn_arg_diff_bias
      case .scaleGradient: conednn_arg_diff_scale
      case .shiftGradient: conednn_arg_diff_shift
      case .from: conednn_arg_from
      case .to: conednn_arg_to
      }
    return Int32(number)
  }
}

/// A compiled oneDNN operation: immutable, free of memory, usable from several threads.
final class Primitive {
  let descriptor: dnnl_primitive_desc_t
  let handle: dnnl_primitive_t

  /// - Parameter make: Fills in a primitive descriptor; its status is checked.
  init(
    _ function: StaticString, _ context: String,
    _ make: (inout dnnl_primitive_desc_t?, OneDNN) -> dnnl_status_t
  ) throws(EngineError) {
    let library = try OneDNN.shared()
    var descriptor: dnnl_primitive_desc_t?
    try OneDNN.check(function, make(&descriptor, library), context)
    guard let descriptor else { throw EngineError("\(function)", "gave no descriptor") }
    var handle: dnnl_primitive_t?
    let status = dnnl_primitive_create(&handle, descriptor)
    guard status == dnnl_success, let handle else {
      dnnl_primitive_desc_destroy(descriptor)
      try OneDNN.check("dnnl_primitive_create", status, context)
      throw EngineError("dnnl_primitive_create", "gave no primitive")
    }
    self.descriptor = descriptor
    self.handle = handle
  }

  /// A change of layout, or of the numbers.
  convenience init(from source: Layout, to target: Layout) throws(EngineError) {
    var (from, to) = (source.raw, target.raw)
    try self.init("dnnl_reorder_primitive_desc_create", "reorder") { pd, library in
      conednn_reorder(&pd, library.engine, &from, &to, library.plainAttributes)
    }
  }

  deinit {
    dnnl_primitive_destroy(handle)
    dnnl_primitive_desc_destroy(descriptor)
  }

  /// The layout that the library chose for an operand; nil if there is none.
  func layout(_ operand: Operand) -> Layout? {
    guard let md = conednn_operand(descriptor, operand.argument), md.pointee.ndims > 0 else {
      return nil
    }
    return Layout(raw: md.pointee)
  }

  /// The same, for an operand that must be there.
  func required(_ operand: Operand) throws(EngineError) -> Layout {
    guard let layout = layout(operand) else {
      throw EngineError(implementation, "has no operand \(operand)")
    }
    return layout
  }

  /// oneDNN's name of the code it chose, for example `jit:avx512_core`.
  var implementation: String { String(cString: conednn_implementation(descriptor)) }
}
