import Checkpoints
import Engine
import Parallelism

/// The tensors of a run as a checkpoint names them, over flat arrays in the kernels' layouts.
///
/// Either over the arrays of the training itself, or over a copy, which can be written while the
/// training goes on: Sendable, as nobody changes a copy while it is written.
final class StateTensors: @unchecked Sendable {
  private let map: ParameterMap
  private let slotNames: [String]
  private let parameters: FloatMemory
  private let slots: [FloatMemory]

  /// The state's own arrays.
  init(of state: ModelState) {
    (map, slotNames) = (state.map, state.optimizer.slotNames)
    (parameters, slots) = (state.parameters, state.slots)
  }

  /// Memory for copies of `state`.
  init(like state: ModelState) {
    (map, slotNames) = (state.map, state.optimizer.slotNames)
    parameters = FloatMemory(count: state.parameters.count)
    slots = state.slots.map { FloatMemory(count: $0.count) }
  }

  /// Copies what `state` holds now.
  func copy(from state: ModelState) {
    for (target, source) in zip([parameters] + slots, [state.parameters] + state.slots) {
      target.base.update(from: source.base, count: source.count)
    }
  }

  /// Bytes of all arrays.
  static func byteCount(of state: ModelState) -> Int {
    ([state.parameters] + state.slots).reduce(0) { $0 + 4 * $1.count }
  }

  /// Parameters and buffers.
  var model: [TensorSource] { tensors(parameters, trainedOnly: false) }

  /// The optimizer's arrays by slot.
  var optimizer: [String: [TensorSource]] {
    Dictionary(
      uniqueKeysWithValues: zip(slotNames, slots.map { tensors($0, trainedOnly: true) }))
  }

  private func tensors(_ memory: FloatMemory, trainedOnly: Bool) -> [TensorSource] {
    map.entries.enumerated().filter { $1.isTrained || !trainedOnly }.map { index, entry in
      TensorSource(
        path: entry.path, shape: entry.shape.dimensions,
        inPlace: (try? map.rowMajor(index, in: memory.base)) ?? nil
      ) { [map] (target) throws(CheckpointError) in
        do throws(EngineError) {
          try map.unpack(index, from: memory.base, into: target)
        } catch {
          preconditionFailure("\(error)")
        }
      }
    }
  }

  /// Names and shapes of the model's tensors, of the trained ones alone if asked.
  static func descriptions(_ map: ParameterMap, trainedOnly: Bool) -> [TensorDescription] {
    map.entries.filter { $0.isTrained || !trainedOnly }.map {
      TensorDescription(path: $0.path, shape: $0.shape.dimensions)
    }
  }
}
