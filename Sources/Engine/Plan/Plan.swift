public import Graph

/// A graph compiled for its shapes: a flat list of steps with all memory placed.
///
/// Immutable; several executors may run it at once, on different threads. Making one is local, takes
/// milliseconds, and chooses the same kernels every time, so that equal plans give equal bits.
///
/// Sendable: nothing changes after `init`, oneDNN's primitives may run on several threads as their
/// scratch memory is the executor's, and our kernels are functions of their operands.
public final class Plan: @unchecked Sendable {
  /// Something to be summed over micro-batches and ranks: gradients, statistics, metrics.
  public struct Result: Sendable {
    /// First float in the flat array of results, a multiple of 16.
    public let offset: Int
    /// Floats including padding.
    public let storedCount: Int
    /// The step after which it is final.
    public let readyAfterStep: Int
  }

  /// What the plan will need of a machine.
  public struct Report: Sendable {
    /// Steps that only change a layout.
    public let reorders: Int
    /// Bytes of the arena for activations, their gradients and scratch memory.
    public let arenaBytes: Int
    /// The most bytes of it that are alive at once.
    public let liveBytes: Int
    /// Bytes of scratch memory of the kernel that needs most; kernels, and so this, differ by processor.
    public let scratchBytes: Int
    /// Bytes of inputs, constants and fetched values.
    public let persistentBytes: Int
    /// Floating-point operations of one run, by the graph.
    public let flops: Int
  }

  /// Where each parameter lies.
  public let parameters: ParameterMap
  /// The results in the order asked for: one for each parameter (if any), then the others.
  public let results: [Result]
  /// Floats of the flat array of results: the parameter map's places first, then the others.
  public let resultCount: Int
  /// The kernel and the scope of each step, for profiles.
  public let stepNames: [(kernel: String, op: String, scope: String)]
  /// The cost of each step's node; of a fused step that of its product, whose bias and activation are
  /// hardly worth counting. Nothing for reorders.
  public let stepCosts: [Cost]
  /// What the plan needs.
  public let report: Report
  /// Where the flat array of parameters has those that a run updates itself, by the rate of
  /// ``Executor/setDescent(rate:decay:)``, in ascending order; empty unless asked for.
  public let descended: [Range<Int>]
  /// The trained places that are left to an update after the run; nil: all.
  public let undescended: [Range<Int>]?

  /// The place of each of the graph's parameters.
  let entries: [ParameterMap.Entry]
  let steps: [Step]
  let buffers: [Buffer]
  let memory: MemoryPlan
  let inputs: [String: (buffer: BufferID, type: TensorType)]
  let constants: [(buffer: BufferID, value: Float, count: Int)]
  let fetched: [TensorGraph.Value: (buffer: BufferID, count: Int)]

  /// The floats of each sum over ranks on the way, in their order; see ``Executor/rankSum``.
  public var rankSums: [Int] {
    steps.compactMap { step in
      if case .rankSum(_, _, let count) = step.work { count } else { nil }
    }
  }

  /// The input that holds rate and decay of a run's own steps.
  static let descentInput = "plan.descent"

  /// The number of steps of a run.
  public var stepCount: Int { steps.count }

  /// Compiles `graph`.
  ///
  /// - Parameters:
  ///   - fetching: Values to be read after a run.
  ///   - results: Values to be summed later; either none, or one for each of `graph.parameters`
  ///     (its gradient, or a buffer's statistic) followed by any others.
  ///   - known: The map of an earlier plan of the same model or of one that contains it, whose places
  ///     and layouts to keep.
  ///   - descends: Whether gradients may go straight into the parameters, by plain descent, where that
  ///     spares a pass through memory: those in ``descended``, whose results are not written then.
  ///   - arithmetic: In which numbers products take their operands.
  /// - Throws: `EngineError` if a kernel does not exist for the shapes, if `known` lacks a parameter or
  ///   has it in another shape, if a result does not have its parameter's shape, or if a value is not
  ///   float32 or of another graph.
  public init(
    _ graph: TensorGraph, fetching: [Tensor] = [], results: [Tensor] = [],
    parameters known: ParameterMap? = nil, descends: Bool = false,
    arithmetic: Arithmetic = .float32
  ) throws(EngineError) {
    try Self.check(fetching: fetching, results: results, of: graph)
    let program = Program(graph, keeping: (fetching + results).map(\.value))
    let places = try known.map { map throws(EngineError) in try map.places(of: graph.parameters) }
    let layouts = graph.parameters.indices.map { index in
      places.flatMap { known?.entries[$0[index]].layout }
    }
    let compiler = Compiler(
      program, parameters: graph.parameters, layouts: layouts, results: results.map(\.value),
      descends: descends, arithmetic: arithmetic)
    try compiler.lower()
    fetched = try compiler.keep(fetching.map(\.value))

    var fixed: [Layout] = []
    for (layout, parameter) in zip(compiler.parameterLayouts, graph.parameters) {
      let plain = try Layout.plain(parameter.shape)
      fixed.append(layout ?? plain)
    }
    let ready = results.indices.map { compiler.resultSteps[$0] ?? 0 }
    let order = graph.parameters.indices.sorted { a, b in
      results.isEmpty ? a < b : (ready[a], a) < (ready[b], b)
    }
    let map = known ?? ParameterMap(graph.parameters, fixed, order: order)
    parameters = map
    let entries = (places ?? Array(graph.parameters.indices)).map { map.entries[$0] }
    self.entries = entries
    descended = compiler.descended.map {
      entries[$0].offset..<entries[$0].offset + entries[$0].storedCount
    }.sorted { $0.lowerBound < $1.lowerBound }
    let starts = [0] + descended.map(\.upperBound)
    let ends = descended.map(\.lowerBound) + [map.trainedCount]
    undescended =
      descended.isEmpty ? nil : zip(starts, ends).map { $0..<$1 }.filter { !$0.isEmpty }
    var end = map.count
    var slots: [Result] = []
    for (index, result) in results.enumerated() {
      if index < entries.count {
        slots.append(
          Result(
            offset: entries[index].offset, storedCount: entries[index].storedCount,
            readyAfterStep: ready[index]))
      } else {
        slots.append(
          Result(offset: end, storedCount: result.shape.count, readyAfterStep: ready[index]))
        end += (result.shape.count + 15) / 16 * 16
      }
    }
    self.results = slots
    resultCount = end
    steps = compiler.steps
    buffers = compiler.buffers
    inputs = compiler.inputs
    constants = compiler.constants
    memory = MemoryPlan(
      byteCounts: buffers.map { $0.home == .arena ? $0.byteCount : nil },
      steps: steps.map(\.access))
    stepNames = steps.map {
      let node = program.nodes[$0.node]
      return ($0.kernel, $0.isReorder ? "reorder" : node.op.name, node.scope)
    }
    stepCosts = steps.map { step in
      guard !step.isReorder, step.parts > 0 else { return Cost() }
      let cost = program.cost(of: step.node)
      return Cost(flops: cost.flops / step.parts, bytes: cost.bytes / step.parts)
    }
    report = Report(
      reorders: steps.filter(\.isReorder).count, arenaBytes: memory.byteCount,
      liveBytes: memory.liveByteCount,
      scratchBytes: compiler.steps.map(\.scratchByteCount).max() ?? 0,
      persistentBytes: buffers.reduce(0) { $0 + ($1.home == .persistent ? $1.byteCount : 0) },
      flops: program.nodes.reduce(0) {
        $0 + (program.isLive[$1.index] ? program.cost(of: $1.index).flops : 0)
      })
  }

  private static func check(
    fetching: [Tensor], results: [Tensor], of graph: TensorGraph
  ) throws(EngineError) {
    for tensor in fetching + results {
      guard tensor.graph === graph else {
        throw EngineError("plan", "a value to fetch belongs to another graph")
      }
      guard tensor.type.element == .float32 else {
        throw EngineError("plan", "only float32 values can be fetched, not \(tensor.type)")
      }
    }
    guard results.isEmpty || results.count >= graph.parameters.count else {
      throw EngineError(
        "plan", "\(graph.parameters.count) parameters need as many results, got \(results.count)")
    }
    for (parameter, result) in zip(graph.parameters, results)
    where parameter.shape != result.shape {
      throw EngineError(
        "plan", "parameter \(parameter.path) is \(parameter.shape), its result \(result.shape)")
    }
  }
}
