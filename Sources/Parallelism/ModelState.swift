public import Engine
public import Graph
public import MPI
public import Optimizers

/// Parameters and optimizer state of one rank, as flat arrays in the kernels' layouts.
public final class ModelState {
  /// Where each parameter lies.
  public let map: ParameterMap
  /// How gradients change parameters.
  public let update: ParameterUpdate
  /// Parameters and buffers.
  public let parameters: FloatMemory
  /// The arrays in the order of ``optimizer``'s `slotNames`, over the trained parameters; of a rank with
  /// shards, over its own places, packed.
  public let slots: [FloatMemory]
  /// Nil if every rank holds all of the optimizer's state.
  let exchange: ShardExchange?
  private var scratchSlots: [FloatMemory] = []

  /// What decides how gradients change parameters.
  public var optimizer: UpdatePolicy { update.policy }

  /// Fresh parameters: a function of the seed and the paths alone. Local.
  public convenience init(
    _ parameters: [Parameter], map: ParameterMap, optimizer: UpdatePolicy, seed: UInt64
  ) throws {
    try self.init(parameters, map: map, optimizer: optimizer, seed: seed, exchange: nil)
  }

  init(
    _ parameters: [Parameter], map: ParameterMap, optimizer: UpdatePolicy, seed: UInt64,
    exchange: ShardExchange?
  ) throws {
    self.map = map
    self.exchange = exchange
    update = ParameterUpdate(
      optimizer,
      places: map.entries.filter(\.isTrained).map {
        ParameterPlace(
          path: $0.path, axisCount: $0.shape.rank, range: $0.offset..<$0.offset + $0.storedCount)
      }, count: map.trainedCount)
    self.parameters =
      exchange?.copies.map { FloatMemory(borrowing: $0.own) } ?? FloatMemory(count: map.count)
    let own = exchange.map { $0.shards.count(of: $0.communicator.rank) }
    slots = optimizer.slotNames.map { _ in FloatMemory(count: own ?? map.trainedCount) }
    for (index, parameter) in parameters.enumerated() {
      let values = parameter.initializer.values(parameter.shape, path: parameter.path, seed: seed)
      try map.pack(values, index, into: self.parameters.base)
    }
  }

  /// Gives all ranks the root's parameters. Collective.
  public func broadcastParameters(
    on communicator: Communicator, from root: Int = 0
  ) throws(MPIError) {
    guard communicator.size > 1 else { return }
    try communicator.broadcast(parameters.buffer, from: root)
  }

  /// Whole arrays of the optimizer to be filled, such as from a checkpoint; then call ``adopt(_:on:)``.
  public func wholeSlots() -> [FloatMemory] {
    exchange == nil ? slots : slots.map { _ in FloatMemory(count: map.trainedCount) }
  }

  /// Gives all ranks the parameters of `root` and its whole arrays of the optimizer, of which each
  /// keeps its share. Collective.
  public func adopt(
    _ whole: [FloatMemory], on communicator: Communicator, from root: Int = 0
  ) throws(MPIError) {
    try broadcastParameters(on: communicator, from: root)
    for (slot, array) in zip(slots, whole) {
      if communicator.size > 1 { try communicator.broadcast(array.buffer, from: root) }
      exchange?.pack(array.base, into: slot)
    }
  }

  /// The whole arrays of the optimizer on the root; what others get is of no use. Collective.
  public func gatheredSlots() throws(MPIError) -> [FloatMemory] {
    guard let exchange else { return slots }
    var whole: [FloatMemory] = []
    for slot in slots {
      whole.append(try exchange.gatherAtRoot(slot, count: map.trainedCount) ?? slot)
    }
    return whole
  }

  /// The whole arrays of the optimizer on every rank. Collective.
  public func assembledSlots() throws(MPIError) -> [FloatMemory] {
    guard let exchange else { return slots }
    var whole: [FloatMemory] = []
    for slot in slots {
      let memory = FloatMemory(count: map.trainedCount)
      exchange.unpack(slot, into: memory.base)
      try exchange.gather(memory.base)
      whole.append(memory)
    }
    return whole
  }

  /// Fills parameters and `slots` with those of another state of the same model, whose kernels may have
  /// chosen other layouts. Local.
  ///
  /// - Parameters:
  ///   - slots: whole arrays, such as those of ``wholeSlots()``.
  public func copy(_ other: ModelState, slots: [FloatMemory]) throws {
    let pairs = [(other.parameters, parameters)] + zip(other.slots, slots)
    for (index, entry) in map.entries.enumerated() {
      var values = [Float](repeating: 0, count: entry.shape.count)
      for (number, (source, target)) in pairs.enumerated() where number == 0 || entry.isTrained {
        try values.withUnsafeMutableBufferPointer {
          try other.map.unpack(index, from: source.base, into: $0)
        }
        try map.pack(values, index, into: target.base)
      }
    }
  }

  /// The whole arrays of an optimizer that goes by itself, for one call: scratch memory on ranks with
  /// shards.
  var wholeSlotViews: Slots {
    guard exchange != nil else { return slotViews }
    if scratchSlots.isEmpty { scratchSlots = wholeSlots() }
    var views = Slots()
    for slot in scratchSlots { views.append(slot.buffer) }
    return views
  }

  /// The arrays of the optimizer, for one call.
  var slotViews: Slots {
    var views = Slots()
    for slot in slots { views.append(slot.buffer) }
    return views
  }

  /// Runs `body` with the average of the weights in the place of the weights, if one is kept. Local;
  /// collective on ranks with shards.
  ///
  /// Buffers stay: running statistics are those of the weights in training.
  public func withAverage<R>(_ body: () throws -> R) throws -> R {
    guard optimizer.averaging != nil, let own = slots.last else { return try body() }
    var average = own
    if let exchange {
      average = FloatMemory(count: map.trainedCount)
      exchange.unpack(own, into: average.base)
      try exchange.gather(average.base)
    }
    swap(average)
    defer { swap(average) }
    return try body()
  }

  private func swap(_ average: FloatMemory) {
    for index in 0..<map.trainedCount {
      (parameters.base[index], average.base[index]) = (average.base[index], parameters.base[index])
    }
  }
}
