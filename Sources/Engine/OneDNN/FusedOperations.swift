import COneDNN
import Graph

/// Operations that oneDNN applies to a result before storing it (its "post-ops"), in order.
final class FusedOperations {
  private let operations: dnnl_post_ops_t
  private var count = 0
  /// The argument number of the tensor given to ``add(_:)``.
  private(set) var addArgument: Int32 = 0

  init() throws(EngineError) {
    var operations: dnnl_post_ops_t?
    try OneDNN.check("dnnl_post_ops_create", dnnl_post_ops_create(&operations))
    guard let operations else { throw EngineError("dnnl_post_ops_create", "gave none") }
    self.operations = operations
  }

  deinit { dnnl_post_ops_destroy(operations) }

  /// result + a tensor of the same extents in `layout`.
  func add(_ layout: Layout) throws(EngineError) {
    var raw = layout.raw
    try OneDNN.check(
      "dnnl_post_ops_append_binary",
      dnnl_post_ops_append_binary(operations, dnnl_binary_add, &raw))
    addArgument = Int32(conednn_arg_post_operation(Int32(count)))
    count += 1
  }

  /// result + what was there.
  func addToDestination() throws(EngineError) {
    try OneDNN.check(
      "dnnl_post_ops_append_sum", dnnl_post_ops_append_sum(operations, 1))
    count += 1
  }

  /// function(result).
  func activate(_ function: Unary) throws(EngineError) {
    let (algorithm, alpha, beta) = function.forwardAlgorithm
    try OneDNN.check(
      "dnnl_post_ops_append_eltwise",
      dnnl_post_ops_append_eltwise(operations, 1, algorithm, alpha, beta), function.name)
    count += 1
  }

  /// Attributes that hold a copy of these operations.
  func attributes() throws(EngineError) -> Attributes {
    let attributes = Attributes(raw: try OneDNN.attributes())
    try OneDNN.check(
      "dnnl_primitive_attr_set_post_ops",
      dnnl_primitive_attr_set_post_ops(attributes.raw, operations))
    return attributes
  }
}

/// Owns primitive attributes.
final class Attributes {
  let raw: dnnl_primitive_attr_t
  init(raw: dnnl_primitive_attr_t) { self.raw = raw }
  deinit { dnnl_primitive_attr_destroy(raw) }
}

extension Unary {
  /// oneDNN's algorithm with its two constants.
  var forwardAlgorithm: (dnnl_alg_kind_t, Float, Float) {
    switch self {
    case .relu: (dnnl_eltwise_relu, 0, 0)
    case .leakyRelu(let slope): (dnnl_eltwise_relu, slope, 0)
    case .elu(let alpha): (dnnl_eltwise_elu, alpha, 0)
    case .gelu: (dnnl_eltwise_gelu_erf, 0, 0)
    case .geluTanh: (dnnl_eltwise_gelu_tanh, 0, 0)
    case .tanh: (dnnl_eltwise_tanh, 0, 0)
    case .sigmoid: (dnnl_eltwise_logistic, 0, 0)
    case .softplus: (dnnl_eltwise_soft_relu, 0, 0)
    case .swish: (dnnl_eltwise_swish, 1, 0)
    case .exponential: (dnnl_eltwise_exp, 0, 0)
    case .logarithm: (dnnl_eltwise_log, 0, 0)
    case .squareRoot: (dnnl_eltwise_sqrt, 0, 0)
    case .square: (dnnl_eltwise_square, 0, 0)
    case .absolute: (dnnl_eltwise_abs, 0, 0)
    }
  }

  /// The algorithm of the gradient: from the result where ``Unary/gradientUsesOutput`` says so.
  var backwardAlgorithm: (dnnl_alg_kind_t, Float, Float) {
    guard gradientUsesOutput else { return forwardAlgorithm }
    return switch self {
    case .relu: (dnnl_eltwise_relu_use_dst_for_bwd, 0, 0)
    case .leakyRelu(let slope): (dnnl_eltwise_relu_use_dst_for_bwd, slope, 0)
    case .elu(let alpha): (dnnl_eltwise_elu_use_dst_for_bwd, alpha, 0)
    case .tanh: (dnnl_eltwise_tanh_use_dst_for_bwd, 0, 0)
    case .sigmoid: (dnnl_eltwise_logistic_use_dst_for_bwd, 0, 0)
    case .exponential: (dnnl_eltwise_exp_use_dst_for_bwd, 0, 0)
    case .squareRoot: (dnnl_eltwise_sqrt_use_dst_for_bwd, 0, 0)
    default: forwardAlgorithm
    }
  }

  /// Whether convolutions may apply it to their result.
  var canFollowProducts: Bool {
    switch self {
    case .logarithm, .squareRoot, .exponential: false
    default: true
    }
  }
}
