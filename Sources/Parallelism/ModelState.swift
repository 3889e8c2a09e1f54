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
  /// The arrays in the order of ``optimizer``'s `slotNames`, over the trained parameters.
  public let slots: [FloatMemory]

  /// What decides how gradients change parameters.
  public var optimizer: UpdatePolicy { update.policy }

  /// Fresh parameters: a function of the seed and the paths alone. Local.
  public init(
    _ parameters: [Parameter], map: ParameterMap, optimizer: UpdatePolicy, seed: UInt64
  ) throws {
    self.map = map
    update = ParameterUpdate(
      optimizer,
      places: map.entries.filter(\.isTrained).map {
        ParameterPlace(
          path: $0.path, axisCount: $0.shape.rank, range: $0.offset..<$0.offset + $0.storedCount)
      }, count: map.trainedCount)
    self.parameters = FloatMemory(count: map.count)
    slots = optimizer.slotNames.map { _ in FloatMemory(count: map.trainedCount) }
    for (index, parameter) in parameters.enumerated() {
      let values = parameter.initializer.values(parameter.shape, path: parameter.path, seed: seed)
      try map.pack(values, index, into: self.parameters.base)
    }
  }

  /// Gives all ranks the root's parameters and optimizer state. Collective.
  public func broadcast(on communicator: Communicator, from root: Int = 0) throws {
    guard communicator.size > 1 else { return }
    for memory in [parameters] + slots {
      try communicator.broadcast(memory.buffer, from: root)
    }
  }

  /// The arrays of the optimizer, for one call.
  var slotViews: Slots {
    var views = Slots()
    for slot in slots { views.append(slot.buffer) }
    return views
  }

  /// Runs `body` with the average of the weights in the place of the weights, if one is kept. Local.
  ///
  /// Buffers stay: running statistics are those of the weights in training.
  public func withAverage<R>(_ body: () throws -> R) rethrows -> R {
    guard optimizer.averaging != nil, let average = slots.last else { return try body() }
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
