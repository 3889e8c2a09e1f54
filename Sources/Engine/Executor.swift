import COneDNN

/// Runs a plan: owns the arena, holds every address, allocates nothing in a run.
///
/// Not thread-safe; make one executor a thread. A run is local and blocking.
public final class Executor {
  /// The plan.
  public let plan: Plan
  private let arena: FloatMemory
  private let persistent: FloatMemory
  /// Parameters and results if nobody gave any; here only to be kept.
  private let own: [FloatMemory]
  /// The flat array of parameters.
  let parameterBase: UnsafeMutablePointer<Float>
  /// The flat array that receives the results; see ``bindResults(_:)``.
  public private(set) var resultBase: UnsafeMutablePointer<Float>

  private let addresses: UnsafeMutablePointer<UnsafeMutableRawPointer>
  private let arguments: UnsafeMutablePointer<dnnl_exec_arg_t>
  private var memories: [Memory] = []
  /// What the steps do, in order, and where the actions of each step begin; one more for the end.
  private var actions: [Action] = []
  private var firstActions: [Int] = []
  /// What to change when the results move: memory objects and addresses with their result slots.
  private var movingMemories: [(memory: Memory, slot: Int, byteOffset: Int)] = []
  private var movingAddresses: [(index: Int, slot: Int)] = []
  private let persistentOffsets: [Int]
  private let stream: Stream

  /// Adds up floats in place over all ranks, which call it alike: for steps that ask for such sums.
  /// Collective and blocking. Without it, as on one rank, they stay as they are.
  public var rankSum: ((UnsafeMutableBufferPointer<Float>) throws -> Void)?

  private enum Action {
    case primitive(dnnl_primitive_t, firstArgument: Int, count: Int32)
    case function((Pointers) -> Void, firstAddress: Int)
    case rankSum(firstAddress: Int, count: Int)
  }

  /// Places the plan's memory.
  ///
  /// - Parameters:
  ///   - parameters: `plan.parameters.count` floats aligned to 64 bytes, alive as long as the
  ///     executor; its own zeros if nil.
  ///   - results: `plan.resultCount` floats aligned to 64 bytes; its own if nil.
  public init(
    _ plan: Plan, parameters: UnsafeMutablePointer<Float>? = nil,
    results: UnsafeMutablePointer<Float>? = nil
  ) throws(EngineError) {
    self.plan = plan
    stream = try Stream()
    arena = FloatMemory(count: plan.memory.byteCount / 4)
    var offset = 0
    persistentOffsets = plan.buffers.map { buffer in
      guard buffer.home == .persistent else { return 0 }
      defer { offset += (buffer.byteCount + 63) / 64 * 16 }
      return offset
    }
    persistent = FloatMemory(count: offset)
    var own: [FloatMemory] = []
    func ownMemory(_ count: Int) -> UnsafeMutablePointer<Float> {
      let memory = FloatMemory(count: count)
      own.append(memory)
      return memory.base
    }
    parameterBase = parameters ?? ownMemory(plan.parameters.count)
    resultBase = results ?? ownMemory(plan.resultCount)
    self.own = own

    let operands = plan.steps.reduce(0) { $0 + $1.work.operandCount }
    addresses = .allocate(capacity: max(1, operands))
    arguments = .allocate(capacity: max(1, operands))
    try bind()
    for constant in plan.constants {
      pointer(constant.buffer).update(repeating: constant.value, count: constant.count)
    }
  }

  deinit {
    addresses.deallocate()
    arguments.deallocate()
  }

  private func bind() throws(EngineError) {
    var (nextAddress, nextArgument) = (0, 0)
    for step in plan.steps {
      firstActions.append(actions.count)
      try bind(step.work, &nextAddress, &nextArgument)
    }
    firstActions.append(actions.count)
  }

  private func bind(
    _ work: Step.Work, _ nextAddress: inout Int, _ nextArgument: inout Int
  ) throws(EngineError) {
    switch work {
    case .primitive(let primitive, let list):
      actions.append(
        .primitive(primitive.handle, firstArgument: nextArgument, count: Int32(list.count)))
      for argument in list { try bindArgument(&nextArgument, to: argument) }
    case .function(let buffers, let body):
      actions.append(.function(body, firstAddress: nextAddress))
      for buffer in buffers { bindAddress(&nextAddress, to: buffer) }
    case .rankSum(let source, let target, let count):
      actions.append(.rankSum(firstAddress: nextAddress, count: count))
      for buffer in [source, target] { bindAddress(&nextAddress, to: buffer) }
    case .sequence(let works):
      for work in works { try bind(work, &nextAddress, &nextArgument) }
    }
  }

  private func bindArgument(_ next: inout Int, to argument: Step.Argument) throws(EngineError) {
    let place = UnsafeMutableRawPointer(pointer(argument.buffer)) + argument.byteOffset
    let memory = try Memory(argument.layout, at: place)
    memories.append(memory)
    if case .result(let slot) = plan.buffers[argument.buffer].home {
      movingMemories.append((memory, slot, argument.byteOffset))
    }
    (arguments + next).initialize(
      to: dnnl_exec_arg_t(arg: argument.number, memory: memory.handle))
    next += 1
  }

  private func bindAddress(_ next: inout Int, to buffer: BufferID) {
    if case .result(let slot) = plan.buffers[buffer].home { movingAddresses.append((next, slot)) }
    (addresses + next).initialize(to: pointer(buffer))
    next += 1
  }

  func pointer(_ buffer: BufferID) -> UnsafeMutablePointer<Float> {
    switch plan.buffers[buffer].home {
    case .arena: arena.base + (plan.memory.offsets[buffer] ?? 0) / 4
    case .persistent: persistent.base + persistentOffsets[buffer]
    case .parameter(let index): parameterBase + plan.entries[index].offset
    case .result(let slot): resultBase + plan.results[slot].offset
    }
  }

  /// Lets the next runs write their results to another flat array of `plan.resultCount` floats,
  /// aligned to 64 bytes. Allocates nothing.
  public func bindResults(_ base: UnsafeMutablePointer<Float>) throws(EngineError) {
    guard base != resultBase else { return }
    resultBase = base
    for moving in movingMemories {
      let start = UnsafeMutableRawPointer(base + plan.results[moving.slot].offset)
      try moving.memory.move(to: start + moving.byteOffset)
    }
    for moving in movingAddresses {
      addresses[moving.index] = UnsafeMutableRawPointer(base + plan.results[moving.slot].offset)
    }
  }

  // MARK: - Running

  /// Runs all steps.
  public func run() throws(EngineError) { try run(steps: 0..<plan.stepCount) }

  /// Runs a part of the steps, so that a caller can start all-reduces as results become final.
  public func run(steps: Range<Int>) throws(EngineError) {
    for index in firstActions[steps.lowerBound]..<firstActions[steps.upperBound] {
      switch actions[index] {
      case .primitive(let primitive, let first, let count):
        let status = dnnl_primitive_execute(primitive, stream.handle, count, arguments + first)
        if status != dnnl_success { try fail(status, action: index) }
      case .function(let body, let first):
        body(Pointers(base: addresses + first))
      case .rankSum(let first, let count):
        try sumOverRanks(Pointers(base: addresses + first), count)
      }
    }
  }

  private func fail(_ status: dnnl_status_t, action: Int) throws(EngineError) {
    let step = firstActions.lastIndex { $0 <= action } ?? 0
    try OneDNN.check("dnnl_primitive_execute", status, plan.stepNames[step].op)
  }

  private func sumOverRanks(_ pointers: Pointers, _ count: Int) throws(EngineError) {
    let (source, target) = (pointers[0], pointers[1])
    if source != target { target.update(from: source, count: count) }
    do {
      try rankSum?(UnsafeMutableBufferPointer(start: target, count: count))
    } catch {
      throw EngineError("sum over ranks", "\(error)")
    }
  }
}
