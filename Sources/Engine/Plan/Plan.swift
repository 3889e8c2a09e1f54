public import Graph

/// A graph compiled for its shapes: a flat list of steps with all memory placed.
///
/// Immutable; several executors may run it at once. Making one is local, takes milliseconds, and
/// chooses the same kernels every time, so that equal plans give equal bits.
public final class Plan {
  /// Something to be summed over micro-batches and ranks: gradients, statistics, metrics.
  public struct Result {
    /// First float in the flat array of results, a multiple of 16.
    public let offset: Int
    /// Floats including padding.
    public let storedCount: Int
    /// The step after which it is final.
    public let readyAfterStep: Int
  }

  /// What the plan will need of a machine.
  public struct Report {
    /// Steps that only change a layout.
    public let reorders: Int
    /// Bytes of the arena for activations, their gradients and scratch memory.
    public let arenaBytes: Int
    /// The most bytes of it that are alive at once.
    public let liveBytes: Int
    /// Bytes of inputs, constants and fetched values.
    public let persistentBytes: Int
    /// Floating-point operations of one run.
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
  /// Costs of each step's graph nodes.
  public let stepCosts: [Cost]
  /// What the plan needs.
  public let report: Report

  let steps: [Step]
  let buffers: [Buffer]
  let memory: MemoryPlan
  let inputs: [String: (buffer: BufferID, type: TensorType)]
  let constants: [(buffer: BufferID, value: Float, count: Int)]
  let fetched: [TensorGraph.Value: (buffer: BufferID, count: Int)]

  /// The number of steps of a run.
  public var stepCount: Int { steps.count }

  /// Compiles `graph`.
  ///
  /// - Parameters:
  ///   - fetching: Values to be read after a run.
  ///   - results: Values to be summed later; either none, or one for each of `graph.parameters`
  ///     (its gradient, or a buffer's statistic) followed by any others.
  ///   - parameters: The map of an earlier plan of the same model, whose layouts to keep.
  /// - Throws: `EngineError` if a kernel does not exist for the shapes.
  public init(
    _ graph: TensorGraph, fetching: [Tensor] = [], results: [Tensor] = [],
    parameters known: ParameterMap? = nil
  ) throws(EngineError) {
    guard results.isEmpty || results.count >= graph.parameters.count else {
      throw EngineError(
        "plan", "\(graph.parameters.count) parameters need as many results, got \(results.count)")
    }
    let program = Program(graph, keeping: (fetching + results).map(\.value))
    let layouts: [Layout?] = graph.parameters.map { parameter in
      known?.index(of: parameter.path).flatMap { known?.entries[$0].layout }
    }
    let compiler = Compiler(
      program, parameters: graph.parameters, layouts: layouts, results: results.map(\.value))
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
    self.parameters = map
    var end = map.count
    var places: [Result] = []
    for (index, value) in results.map(\.value).enumerated() {
      if index < graph.parameters.count {
        guard let entry = map.index(of: graph.parameters[index].path).map({ map.entries[$0] })
        else { throw EngineError("plan", "the map has no \(graph.parameters[index].path)") }
        places.append(
          Result(
            offset: entry.offset, storedCount: entry.storedCount, readyAfterStep: ready[index]))
      } else {
        let count = graph.type(of: value).shape.count
        places.append(Result(offset: end, storedCount: count, readyAfterStep: ready[index]))
        end += (count + 15) / 16 * 16
      }
    }
    self.results = places
    resultCount = end
    steps = compiler.steps
    buffers = compiler.buffers
    inputs = compiler.inputs
    constants = compiler.constants
    memory = MemoryPlan(buffers: buffers, steps: steps)
    stepNames = steps.map {
      let node = program.nodes[$0.node]
      return ($0.kernel, $0.isReorder ? "reorder" : node.op.name, node.scope)
    }
    stepCosts = steps.map { step in
      guard !step.isReorder else { return Cost() }
      let cost = program.cost(of: step.node)
      return Cost(flops: cost.flops / step.parts, bytes: cost.bytes / step.parts)
    }
    report = Report(
      reorders: steps.filter(\.isReorder).count, arenaBytes: memory.byteCount,
      liveBytes: memory.liveByteCount,
      persistentBytes: buffers.reduce(0) { $0 + ($1.home == .persistent ? $1.byteCount : 0) },
      flops: stepCosts.reduce(0) { $0 + $1.flops })
  }
}

extension Compiler {
  /// Row-major copies of `values` that outlive the run.
  func keep(
    _ values: [Value]
  ) throws(EngineError) -> [Value: (buffer: BufferID, count: Int)] {
    var kept: [Value: (buffer: BufferID, count: Int)] = [:]
    for value in values where kept[value] == nil {
      let count = shape(value).count
      kept[value] = (try keep(value), count)
    }
    return kept
  }
}
