public import Engine
public import Graph
public import MPI
public import Optimizers

/// Parameters and optimizer state of one rank, as flat arrays in the kernels' layouts.
public final class ModelState {
  /// Where each parameter lies.
  public let map: ParameterMap
  /// The update rule.
  public let optimizer: any Optimizer
  /// Parameters and buffers.
  public let parameters: FloatMemory
  /// The optimizer's arrays in the order of its `slotNames`, over the trained parameters.
  public let slots: [FloatMemory]

  /// Fresh parameters: a function of the seed and the paths alone. Local.
  public init(
    _ parameters: [Parameter], map: ParameterMap, optimizer: any Optimizer, seed: UInt64
  ) throws {
    self.map = map
    self.optimizer = optimizer
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
}
