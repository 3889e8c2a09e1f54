import COneDNN
public import Graph

/// Where each parameter lies in one flat array of floats, and in which layout.
///
/// The kernels choose the layouts, so that weights need no reorder in a step; the same map serves
/// parameters, gradients and optimizer slots, which are therefore updated and all-reduced as flat
/// arrays. Padding of blocked layouts is zero and stays zero under elementwise updates.
///
///     | trained parameters, in the order in which their gradients become final | buffers |
///
/// Immutable. Sendable, as layouts are values.
public final class ParameterMap: @unchecked Sendable {
  /// One parameter's place.
  public struct Entry {
    /// The dotted path.
    public let path: String
    /// The logical extents.
    public let shape: Shape
    /// False for buffers such as running statistics.
    public let isTrained: Bool
    /// First float, a multiple of 16.
    public let offset: Int
    /// Floats including padding.
    public let storedCount: Int
    let layout: Layout
  }

  /// The parameters in the graph's order.
  public let entries: [Entry]
  /// Floats of all parameters and buffers, including padding.
  public let count: Int
  /// Floats of the trained parameters: they come first.
  public let trainedCount: Int
  private let indices: [String: Int]

  /// - Parameter order: The indices of `parameters` as they follow each other in memory.
  init(_ parameters: [Parameter], _ layouts: [Layout], order: [Int]) {
    var offsets = [Int](repeating: 0, count: parameters.count)
    var end = 0
    var trained = 0
    for index in order.filter({ parameters[$0].isTrained })
      + order.filter({ !parameters[$0].isTrained })
    {
      offsets[index] = end
      end += (layouts[index].storedCount + 15) / 16 * 16
      if parameters[index].isTrained { trained = end }
    }
    entries = parameters.indices.map {
      Entry(
        path: parameters[$0].path, shape: parameters[$0].shape,
        isTrained: parameters[$0].isTrained, offset: offsets[$0],
        storedCount: layouts[$0].storedCount, layout: layouts[$0])
    }
    count = end
    trainedCount = trained
    indices = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.path, $0) })
  }

  /// Position of the parameter at `path`, nil if there is none.
  public func index(of path: String) -> Int? { indices[path] }

  /// The entry of each of `parameters`.
  func places(of parameters: [Parameter]) throws(EngineError) -> [Int] {
    var places: [Int] = []
    for parameter in parameters {
      guard let index = indices[parameter.path] else {
        throw EngineError("plan", "the parameter map has no \(parameter.path)")
      }
      guard entries[index].shape == parameter.shape else {
        throw EngineError(
          "plan",
          "\(parameter.path) is \(entries[index].shape) in the parameter map, \(parameter.shape) in the graph"
        )
      }
      places.append(index)
    }
    return places
  }

  /// Copies row-major `values` into the parameter's place in `flat`.
  public func pack(
    _ values: [Float], _ index: Int, into flat: UnsafeMutablePointer<Float>
  ) throws(EngineError) {
    let entry = entries[index]
    guard values.count == entry.shape.count else {
      throw EngineError(
        "parameter \(entry.path)", "has \(entry.shape.count) elements, got \(values.count)")
    }
    let plain = try entry.layout.plainTwin()
    try values.withUnsafeBufferPointer { (source) throws(EngineError) in
      guard let base = source.baseAddress else { return }
      try Reorder.copy(
        UnsafeMutablePointer(mutating: base), plain, flat + entry.offset, entry.layout)
    }
  }

  /// The row-major values of the parameter's place in `flat`.
  public func unpack(
    _ index: Int, from flat: UnsafeMutablePointer<Float>
  ) throws(EngineError) -> [Float] {
    var values = [Float](repeating: 0, count: entries[index].shape.count)
    try values.withUnsafeMutableBufferPointer { (target) throws(EngineError) in
      try unpack(index, from: flat, into: target)
    }
    return values
  }

  /// The parameter's place in `flat`, if it is row-major and without padding there.
  public func rowMajor(
    _ index: Int, in flat: UnsafeMutablePointer<Float>
  ) throws(EngineError) -> UnsafeBufferPointer<Float>? {
    let entry = entries[index]
    guard try entry.layout == entry.layout.plainTwin() else { return nil }
    return UnsafeBufferPointer(start: flat + entry.offset, count: entry.shape.count)
  }

  /// Copies the parameter's place in `flat` into `target`, row-major.
  ///
  /// - Precondition: `target` has as many elements as the parameter.
  public func unpack(
    _ index: Int, from flat: UnsafeMutablePointer<Float>,
    into target: UnsafeMutableBufferPointer<Float>
  ) throws(EngineError) {
    let entry = entries[index]
    precondition(
      target.count == entry.shape.count, "\(target.count) elements for \(entry.path)")
    guard let base = target.baseAddress else { return }
    try Reorder.copy(flat + entry.offset, entry.layout, base, try entry.layout.plainTwin())
  }
}

/// A copy between layouts outside of a plan.
enum Reorder {
  static func copy(
    _ source: UnsafeMutablePointer<Float>, _ sourceLayout: Layout,
    _ target: UnsafeMutablePointer<Float>, _ targetLayout: Layout
  ) throws(EngineError) {
    guard sourceLayout.byteCount > 0 else { return }
    let primitive = try Primitive(from: sourceLayout, to: targetLayout)
    let memories = [
      try Memory(sourceLayout, at: source), try Memory(targetLayout, at: target),
    ]
    let scratchLayout = primitive.layout(.scratch)
    let scratch = FloatMemory(count: scratchLayout?.storedCount ?? 0)
    var arguments = [
      dnnl_exec_arg_t(arg: Operand.from.argument, memory: memories[0].handle),
      dnnl_exec_arg_t(arg: Operand.to.argument, memory: memories[1].handle),
    ]
    var scratchMemory: Memory?
    if let scratchLayout {
      scratchMemory = try Memory(scratchLayout, at: scratch.base)
    }
    if let scratchMemory {
      arguments.append(
        dnnl_exec_arg_t(arg: Operand.scratch.argument, memory: scratchMemory.handle))
    }
    let stream = try Stream()
    let status = withExtendedLifetime((memories, scratchMemory, scratch, stream)) {
      dnnl_primitive_execute(primitive.handle, stream.handle, Int32(arguments.count), arguments)
    }
    try OneDNN.check("dnnl_primitive_execute", status, "reorder")
  }
}
