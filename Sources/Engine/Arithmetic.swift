import COneDNN

/// The numbers in which matrices and images are multiplied.
public enum Arithmetic: String, Hashable, Sendable, CaseIterable {
  /// As everything else is computed.
  case float32
  /// Operands are rounded to 8 significant bits (and keep float32's range); their products are exact in
  /// float32, in which they are summed. See Note [Short operands].
  case bfloat16

  /// Whether this processor has instructions for it; oneDNN's `DNNL_MAX_CPU_ISA` may forbid them.
  public var isNative: Bool {
    switch self {
    case .float32: true
    case .bfloat16: conednn_has_bfloat16()
    }
  }

  /// oneDNN's type of an operand's elements.
  var elementType: dnnl_data_type_t {
    switch self {
    case .float32: dnnl_f32
    case .bfloat16: dnnl_bf16
    }
  }
}
