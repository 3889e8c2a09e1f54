import Checkpoints
import Engine

/// The tensors of a run as a checkpoint names them, over flat arrays in the kernels' layouts.
///
/// Either over the arrays of the training itself, or over a copy, which can be written while the
/// training goes on: Sendable, as nobody changes a copy while it is written.
final class StateTensors: @unchecked Sendable {
  private let map: ParameterMap
  private let slotNames: [String]
  private let parameters: FloatMemory
  private let slots: [FloatMemory]
  private let factors: FloatMemory

  /// The state's own arrays.
  init(of state: WholeState) {
    (map, slotNames) = (state.map, state.slotNames)
    (parameters, slots) = (state.parameters, state.slots)
    factors = FloatMemory(count: state.factors.count)
    _ = factors.buffer.update(from: state.factors)
  }

  /// Memory for copies of `state`.
  init(like state: WholeState) {
    (map, slotNames) = (state.map, state.slotNames)
    parameters = FloatMemory(count: state.parameters.count)
    slots = state.slots.map { FloatMemory(count: $0.count) }
    factors = FloatMemory(count: state.factors.count)
  }

  /// Copies what `state` holds now.
  func copy(from state: WholeState) {
    for (target, source) in zip([parameters] + slots, [state.parameters] + state.slots) {
      target.base.update(from: source.base, count: source.count)
    }
    _ = factors.buffer.update(from: state.factors)
  }

  /// Parameters and buffers.
  var model: [TensorSource] { Self.sources(map, parameters, trainedOnly: false) }

  /// The optimizer's arrays by slot.
  var optimizer: [String: [TensorSource]] {
    var all = Dictionary(
      uniqueKeysWithValues: zip(slotNames, slots.map { Self.sources(map, $0, trainedOnly: true) }))
    if factors.count > 0 {
      let values = UnsafeBufferPointer(factors.buffer)
      all[WholeState.factorsName] = [
        TensorSource(path: WholeState.allFactors, shape: [values.count], inPlace: values) {
          _ = $0.update(from: values)
        }
      ]
    }
    return all
  }

  /// The parameters in `memory`, to be fetched as named tensors.
  static func sources(
    _ map: ParameterMap, _ memory: FloatMemory, trainedOnly: Bool
  ) -> [TensorSource] {
    map.entries.enumerated().filter { $1.isTrained || !trainedOnly }.map { index, entry in
      TensorSource(
        path: entry.path, shape: entry.shape.dimensions,
        inPlace: (try? map.rowMajor(index, in: memory.base)) ?? nil
      ) { (target) throws(CheckpointError) in
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
