import COneDNN
import Graph

/// Turns a graph into steps: fuses, chooses layouts, inserts the reorders that cannot be avoided.
///
/// Nodes are lowered in graph order. Every value has a primary binding (the form in which it was
/// computed) and, where a consumer needed another form, further ones made by a reorder and kept for
/// the next consumer. The files in `Lowering/` hold one family of ops each.
final class Compiler {
  typealias Value = TensorGraph.Value
  typealias Node = TensorGraph.Node

  var program: Program
  let parameters: [Parameter]
  /// Layouts of parameters; nil until the first kernel that reads one has chosen.
  var parameterLayouts: [Layout?]
  private let parameterIndex: [Value: Int]

  private(set) var buffers: [Buffer] = []
  private(set) var steps: [Step] = []
  var inputs: [String: (buffer: BufferID, type: TensorType)] = [:]
  private(set) var constants: [(buffer: BufferID, value: Float, count: Int)] = []
  /// Result slots whose value has been written, with the last step that did.
  var resultSteps: [Int: Int] = [:]

  private var bindings: [Value: [Bound]] = [:]
  let resultSlots: [Value: [Int]]
  /// Whether gradients may go straight into the parameters; see Note [Thin products].
  let descends: Bool
  /// The result slots of parameters whose gradients do.
  var descended: [Int] = []
  /// In which numbers products take their operands; see Note [Short operands].
  let arithmetic: Arithmetic
  /// Whether gradients are computed.
  var isTraining: Bool { !resultSlots.isEmpty }
  /// Nodes already computed by a fused step.
  var consumed: Set<Int> = []
  /// Bias gradients computed by the filter gradient of the same convolution, by its node.
  var fusedBiasGradients: [Int: Node] = [:]
  /// Forward poolings and the workspaces that their gradients read, by the forward node.
  var poolings: [Int: (primitive: Primitive, workspace: BufferID?)] = [:]
  /// Which cell won, by the node of a maximum pooling of ours.
  var poolWinners: [Int: PoolWinners] = [:]
  /// Gradients that the gradient of a batch normalisation computes on the way, by their values; see
  /// Note [Batch norm in blocks].
  var deferredGradients: [Value: DeferredGradient] = [:]
  /// The operands of sums that such a gradient computes on the way.
  var deferredSums: [Value: [Value]] = [:]
  /// Sums of the statistics of batch normalisations that convolutions have taken tile by tile, by their
  /// nodes; see Note [Normalisation in tiles].
  var tiledStatistics: [Int: BufferID] = [:]
  /// Results of such normalisations that are still to be computed, tile by tile, by who reads them first.
  var pendingNormalizations: [Value: PendingNormalization] = [:]
  /// The node that emitted steps belong to, and how many equal steps share its cost.
  private var currentNode = 0
  private var currentParts = 1

  init(
    _ program: Program, parameters: [Parameter], layouts: [Layout?], results: [Value],
    descends: Bool, arithmetic: Arithmetic
  ) {
    self.program = program
    self.descends = descends
    self.arithmetic = arithmetic
    self.parameters = parameters
    parameterLayouts = layouts
    parameterIndex = Dictionary(
      uniqueKeysWithValues: parameters.enumerated().map { ($1.value, $0) })
    resultSlots = Dictionary(grouping: results.indices, by: { results[$0] })
  }

  /// Lowers every live node.
  func lower() throws(EngineError) {
    planBiasGradients()
    for node in program.nodes where program.isLive[node.index] && !consumed.contains(node.index) {
      currentNode = node.index
      do throws(EngineError) {
        try lower(node)
      } catch {
        throw error.of(node)
      }
      for output in node.outputs.indices {
        try finishResults(Value(node: node.index, output: output))
      }
    }
  }

  // MARK: - Values

  /// The form in which `value` was computed. Its axes may be others than the value's: those of a
  /// grouped filter are groups x O/groups x I/groups x window.
  func bound(_ value: Value) throws(EngineError) -> Bound {
    flushNormalization(value)
    if let first = bindings[value]?.first { return first }
    if let index = parameterIndex[value] {
      return try bindParameter(index, as: .plain(parameters[index].shape))
    }
    throw EngineError(program.nodes[value.node].op.name, "is used before it is computed")
  }

  /// The form in which `value` was computed if it has the value's axes, else its row-major form: for
  /// kernels that name axes.
  func form(of value: Value) throws(EngineError) -> Bound {
    let (first, plain) = (try bound(value), try Layout.plain(shape(value)))
    return first.layout.dimensions == plain.dimensions
      ? first : Bound(buffer: try buffer(value, as: plain), layout: plain)
  }

  /// Whether `value` has been computed.
  func isBound(_ value: Value) -> Bool {
    bindings[value] != nil || parameterIndex[value] != nil
  }

  /// The fixed layout of a parameter, nil if `value` is none or its layout is still free.
  func fixedLayout(_ value: Value) -> Layout? {
    parameterIndex[value].flatMap { parameterLayouts[$0] }
  }

  /// The buffer of `value` in `layout`, after a reorder if need be.
  func buffer(_ value: Value, as layout: Layout) throws(EngineError) -> BufferID {
    flushNormalization(value)
    if bindings[value] == nil, let index = parameterIndex[value] {
      // Parameters themselves are float32; what is shorter is a copy.
      _ = try bindParameter(
        index, as: layout.isFloat32 ? layout : .plain(parameters[index].shape))
    }
    for known in bindings[value] ?? [] where Self.sameMemory(known.layout, layout) {
      return known.buffer
    }
    var source = try bound(value)
    if source.layout.dimensions != layout.dimensions {
      // The same elements under other extents (groups of a convolution): meet in row-major order.
      if !source.layout.isPlain {
        source = Bound(
          buffer: try buffer(value, as: source.layout.plainTwin()),
          layout: try source.layout.plainTwin())
      }
      source = Bound(buffer: source.buffer, layout: try layout.plainTwin())
    }
    let target = makeBuffer(layout)
    try emitReorder(from: source, to: Bound(buffer: target, layout: layout))
    bindings[value, default: []].append(Bound(buffer: target, layout: layout))
    return target
  }

  /// The buffer of `value` in row-major order.
  func plain(_ value: Value, in arithmetic: Arithmetic = .float32) throws(EngineError) -> BufferID {
    try buffer(value, as: .plain(shape(value).dimensions, in: arithmetic))
  }

  /// A further buffer for `value` in row-major order, to be written by who writes its floats; its own
  /// buffer for float32.
  func twin(of value: Value, in arithmetic: Arithmetic) throws(EngineError) -> BufferID {
    guard arithmetic != .float32 else { return try plain(value) }
    let layout = try Layout.plain(shape(value).dimensions, in: arithmetic)
    let target = makeBuffer(layout)
    bindings[value, default: []].append(Bound(buffer: target, layout: layout))
    return target
  }

  /// Binds the result `value`, to be computed in `layout`, and returns the buffer to write: the
  /// result slot itself where the layouts agree, so that gradients need no copy.
  func define(_ value: Value, _ layout: Layout) throws(EngineError) -> BufferID {
    let target: BufferID
    if let slot = resultSlots[value]?.first, resultSteps[slot] == nil,
      Self.sameMemory(try slotLayout(slot, layout), layout)
    {
      target = makeBuffer(layout, home: .result(slot))
    } else {
      target = makeBuffer(layout)
    }
    bindings[value] = [Bound(buffer: target, layout: layout)]
    return target
  }

  /// Binds `value` to memory that already holds it.
  func alias(_ value: Value, to bound: Bound) {
    bindings[value] = [bound]
  }

  /// Binds `value` to the memory of `input` under other extents, in all row-major forms.
  func reshape(_ input: Value, to value: Value) throws(EngineError) {
    alias(value, to: Bound(buffer: try plain(input), layout: try .plain(shape(value))))
    let (from, to) = (shape(input).dimensions, shape(value).dimensions)
    let rounded = try Layout.plain(from, in: .bfloat16)
    for form in bindings[input] ?? [] where form.layout == rounded {
      bindings[value]?.append(
        Bound(buffer: form.buffer, layout: try .plain(to, in: .bfloat16)))
    }
  }

  func makeBuffer(_ layout: Layout, home: Buffer.Home = .arena) -> BufferID {
    makeBuffer(byteCount: layout.byteCount, home: home)
  }

  func makeBuffer(byteCount: Int, home: Buffer.Home = .arena) -> BufferID {
    buffers.append(Buffer(byteCount: max(64, byteCount), home: home))
    return buffers.count - 1
  }

  /// Whether two layouts describe the same bytes.
  static func sameMemory(_ a: Layout, _ b: Layout) -> Bool {
    a == b || (a.isPlain && b.isPlain && a.byteCount == b.byteCount)
  }

  // MARK: - Leaves

  func bindInput(_ name: String, _ node: Node) throws(EngineError) {
    let layout = try Layout.plain(node.outputs[0].shape)
    let buffer = makeBuffer(layout, home: .persistent)
    inputs[name] = (buffer, node.outputs[0])
    bindings[Value(node: node.index)] = [Bound(buffer: buffer, layout: layout)]
  }

  func bindConstant(_ value: Float, _ node: Node) throws(EngineError) {
    let layout = try Layout.plain(node.outputs[0].shape)
    let buffer = makeBuffer(layout, home: .persistent)
    constants.append((buffer, value, node.outputs[0].shape.count))
    bindings[Value(node: node.index)] = [Bound(buffer: buffer, layout: layout)]
  }

  private func bindParameter(_ index: Int, as wanted: Layout) throws(EngineError) -> Bound {
    let layout = parameterLayouts[index] ?? wanted
    parameterLayouts[index] = layout
    let bound = Bound(buffer: makeBuffer(layout, home: .parameter(index)), layout: layout)
    bindings[parameters[index].value] = [bound]
    return bound
  }

  // MARK: - Steps

  /// Appends a change of layout, or a copy between equal ones.
  func emitReorder(from source: Bound, to target: Bound) throws(EngineError) {
    try emit(
      Primitive(from: source.layout, to: target.layout),
      [(.from, source.buffer, source.layout)], [(.to, target.buffer, target.layout)],
      isReorder: !Self.sameMemory(source.layout, target.layout))
  }

  /// Appends a oneDNN step; its scratch memory is placed in the arena for just this step.
  ///
  /// - Parameter offsets: Bytes from the start of a buffer to the operand.
  func emit(
    _ primitive: Primitive, _ reads: [(Operand, BufferID, Layout)],
    _ writes: [(Operand, BufferID, Layout)], further: [Step.Argument] = [],
    offsets: [Operand: Int] = [:], mayReplace: [BufferID] = [], isReorder: Bool = false
  ) throws(EngineError) {
    var writes = writes
    let scratch = primitive.layout(.scratch)
    if let scratch, scratch.byteCount > 0 {
      writes.append((.scratch, makeBuffer(scratch), scratch))
    }
    let arguments = (reads + writes).map {
      Step.Argument(
        number: $0.0.argument, buffer: $0.1, layout: $0.2, byteOffset: offsets[$0.0] ?? 0)
    }
    append(
      Step(
        node: currentNode, kernel: primitive.implementation,
        reads: reads.map(\.1) + further.map(\.buffer), writes: writes.map(\.1),
        mayReplace: mayReplace.isEmpty ? nil : (writes[0].1, mayReplace), isReorder: isReorder,
        work: .primitive(primitive, arguments + further),
        scratchByteCount: scratch?.byteCount ?? 0))
  }

  /// Appends a kernel of ours: it gets the addresses of `reads`, then of `writes`, then of so many bytes
  /// of scratch memory.
  func emit(
    _ kernel: String, reads: [BufferID], writes: [BufferID], mayReplace: [BufferID] = [],
    scratch: Int = 0, _ body: @escaping (Pointers) -> Void
  ) {
    let written = writes + (scratch > 0 ? [makeBuffer(byteCount: scratch)] : [])
    append(
      Step(
        node: currentNode, kernel: kernel, reads: reads, writes: written,
        mayReplace: mayReplace.isEmpty ? nil : (writes[0], mayReplace), isReorder: false,
        work: .function(buffers: reads + written, body), scratchByteCount: scratch))
  }

  /// Appends kernels and primitives of one op as one step; `scratch` are those buffers among what it
  /// writes that nobody reads after it.
  func emit(
    _ kernel: String, _ works: [Step.Work], reads: [BufferID], writes: [BufferID],
    scratch: [BufferID], mayReplace: [BufferID]
  ) {
    append(
      Step(
        node: currentNode, kernel: kernel, reads: reads, writes: writes + scratch,
        mayReplace: (writes[0], mayReplace), isReorder: false, work: .sequence(works),
        scratchByteCount: scratch.reduce(0) { $0 + buffers[$1].byteCount }))
  }

  /// Appends a sum over ranks, which may be computed in place.
  func emitRankSum(from source: BufferID, to target: BufferID, count: Int) {
    append(
      Step(
        node: currentNode, kernel: "ranks", reads: [source], writes: [target],
        mayReplace: (target, [source]), isReorder: false,
        work: .rankSum(source, target, count: count), scratchByteCount: 0))
  }

  /// Attributes the steps that `body` emits to `node`, each as one of `parts` equal parts of its cost,
  /// or with none of it.
  func attributing<Failure: Error>(
    to node: Node, parts: Int, _ body: () throws(Failure) -> Void
  ) throws(Failure) {
    let before = (currentNode, currentParts)
    (currentNode, currentParts) = (node.index, parts)
    defer { (currentNode, currentParts) = before }
    try body()
  }

  private func append(_ step: Step) {
    var step = step
    step.parts = currentParts
    steps.append(step)
  }
}
