public import Engine
import Graph
import Layers

/// What a federation carries from round to round: the global parameters, the server's arrays, and what
/// is kept of single clients.
public final class FederatedState {
  /// Where each parameter lies in the flat arrays.
  public let map: ParameterMap
  /// The global parameters and buffers, the same on all ranks.
  public let global: FloatMemory
  /// The server optimizer's arrays by name, then its control, over the trained parameters; the same on
  /// all ranks.
  public let server: [(name: String, memory: FloatMemory)]
  /// What is kept of clients; each on its home rank.
  public let clients: ClientStates
  /// Global parameters after earlier steps, from which some clients still train; the same on all
  /// ranks. Only without rounds.
  public var versions: [Int: FloatMemory] = [:]
  /// The norm to which updates are cut, if it adapts.
  public var clip: Double

  /// The name of the server's control among ``server``.
  static let control = "control"

  /// Fresh parameters: a function of the seed and the paths alone. Local.
  init(
    _ training: LocalTraining, map: ParameterMap, server: any ServerOptimizer,
    keepsControl: Bool, clip: Double, seed: UInt64
  ) throws {
    self.map = map
    global = FloatMemory(count: map.count)
    clients = ClientStates()
    self.clip = clip
    var arrays = server.slots.map { slot in
      let memory = FloatMemory(count: map.trainedCount)
      memory.base.update(repeating: slot.start, count: map.trainedCount)
      return (name: slot.name, memory: memory)
    }
    if keepsControl { arrays.append((Self.control, FloatMemory(count: map.trainedCount))) }
    self.server = arrays
    let graph = try TrainingGraph(model: training.model, loss: training.loss, batchSize: 1)
    for (index, parameter) in graph.graph.parameters.enumerated() {
      let values = parameter.initializer.values(parameter.shape, path: parameter.path, seed: seed)
      try map.pack(values, index, into: global.base)
    }
  }

  /// The server's control; nil if the algorithm has none.
  var sharedControl: FloatMemory? { server.first { $0.name == Self.control }?.memory }

  /// The server optimizer's arrays.
  var optimizerSlots: [UnsafeMutablePointer<Float>] {
    server.filter { $0.name != Self.control }.map(\.memory.base)
  }
}
