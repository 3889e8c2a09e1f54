import COneDNN
import Graph

/// Where each element of a tensor lies in memory: plain (row-major) or one of oneDNN's blocked forms.
///
/// Blocked forms keep, for example, 16 channels together (nChw16c) so that one vector load gets them;
/// extents are padded to whole blocks with zeros.
struct Layout: Equatable {
  var raw: dnnl_memory_desc_t

  /// Row-major. Scalars become one element of one axis.
  static func plain(
    _ dimensions: [Int], in arithmetic: Arithmetic = .float32
  ) throws(EngineError) -> Layout {
    try make(dimensions, arithmetic, any: false)
  }

  static func plain(_ shape: Shape) throws(EngineError) -> Layout { try plain(shape.dimensions) }

  /// The library may choose.
  static func any(_ dimensions: [Int]) throws(EngineError) -> Layout {
    try make(dimensions, .float32, any: true)
  }

  private static func make(
    _ dimensions: [Int], _ arithmetic: Arithmetic, any: Bool
  ) throws(EngineError) -> Layout {
    let dims = dimensions.isEmpty ? [1] : dimensions.map { Int64($0) }
    guard dims.count <= Int(DNNL_MAX_NDIMS) else {
      throw EngineError("layout", "at most \(DNNL_MAX_NDIMS) axes, got \(dims.count)")
    }
    var raw = dnnl_memory_desc_t()
    try OneDNN.check(
      "dnnl_memory_desc_init",
      conednn_layout(&raw, Int32(dims.count), dims, arithmetic.elementType, any), "\(dimensions)")
    return Layout(raw: raw)
  }

  /// A row-major matrix whose rows are `stride` elements apart; or, if transposed, of one whose columns
  /// are.
  static func matrix(
    _ rows: Int, _ columns: Int, stride: Int, isTransposed: Bool = false, in arithmetic: Arithmetic
  ) throws(EngineError) -> Layout {
    var raw = dnnl_memory_desc_t()
    let strides = isTransposed ? [1, Int64(stride)] : [Int64(stride), 1]
    try OneDNN.check(
      "dnnl_memory_desc_init_by_strides",
      dnnl_memory_desc_init_by_strides(
        &raw, 2, [Int64(rows), Int64(columns)], arithmetic.elementType, strides),
      "\(rows) x \(columns)")
    return Layout(raw: raw)
  }

  /// The logical extents.
  var dimensions: [Int] {
    var copy = raw
    return (0..<Int(raw.ndims)).map { Int(conednn_dim(&copy, Int32($0))) }
  }

  /// Bytes including padding.
  var byteCount: Int {
    var copy = raw
    return dnnl_memory_desc_get_size(&copy)
  }

  /// Whether elements are float32.
  var isFloat32: Bool { raw.data_type == dnnl_f32 }

  /// Bytes of an element.
  var elementByteCount: Int { dnnl_data_type_size(raw.data_type) }

  /// Floats including padding.
  var storedCount: Int { byteCount / MemoryLayout<Float>.stride }

  /// Whether this is row-major float32 without padding.
  var isPlain: Bool {
    guard let plain = try? Layout.plain(dimensions) else { return false }
    return self == plain
  }

  /// N x C x H x W with 16 channels side by side (oneDNN's nChw16c).
  static func blockedImages(_ dimensions: [Int]) throws(EngineError) -> Layout {
    var raw = dnnl_memory_desc_t()
    try OneDNN.check(
      "dnnl_memory_desc_init_by_tag",
      conednn_layout_blocked_images(&raw, dimensions.map { Int64($0) }), "\(dimensions)")
    return Layout(raw: raw)
  }

  /// O x I x H x W with 16 x 16 channels side by side, as a convolution reads it that way (oneDNN's
  /// OIhw16i16o) or backward (IOhw16o16i).
  static func blockedFilter(
    _ dimensions: [Int], backward: Bool = false
  ) throws(EngineError) -> Layout {
    var raw = dnnl_memory_desc_t()
    try OneDNN.check(
      "dnnl_memory_desc_init_by_tag",
      conednn_layout_blocked_filter(&raw, dimensions.map { Int64($0) }, backward), "\(dimensions)")
    return Layout(raw: raw)
  }

  /// The row-major layout of the same extents.
  func plainTwin() throws(EngineError) -> Layout { try .plain(dimensions) }

  /// The same memory seen with axes permuted: result axis i is axis `permutation[i]`.
  func permuted(_ permutation: [Int]) throws(EngineError) -> Layout {
    // oneDNN wants for each old axis its new place.
    var places = [Int32](repeating: 0, count: permutation.count)
    for (axis, source) in permutation.enumerated() { places[source] = Int32(axis) }
    var from = raw
    var result = dnnl_memory_desc_t()
    try OneDNN.check(
      "dnnl_memory_desc_permute_axes", dnnl_memory_desc_permute_axes(&result, &from, places))
    return Layout(raw: result)
  }

  static func == (a: Layout, b: Layout) -> Bool {
    var (x, y) = (a.raw, b.raw)
    return dnnl_memory_desc_equal(&x, &y) != 0
  }
}
