import Checkpoints
import Engine
import MPI
import Parallelism

/// All arrays of a run as a checkpoint keeps them, however they are spread over ranks.
struct WholeState {
  let map: ParameterMap
  let parameters: FloatMemory
  /// Names of ``slots``: the optimizer's, then what compression left over on each rank.
  let slotNames: [String]
  let slots: [FloatMemory]
  /// What PowerSGD has found so far; empty for others.
  let factors: UnsafeBufferPointer<Float>

  /// The state of one rank that holds everything. Local.
  init(of state: ModelState) {
    (map, parameters) = (state.map, state.parameters)
    (slotNames, slots) = (state.optimizer.slotNames, state.slots)
    factors = UnsafeBufferPointer(start: nil, count: 0)
  }

  /// The state of all ranks. Collective, blocking.
  ///
  /// - Parameter onAllRanks: Whether every rank needs the whole, and not the root alone; what others
  ///   get then is of no use.
  init(of parallel: DataParallel, onAllRanks: Bool) throws(MPIError) {
    let state = parallel.state
    (map, parameters) = (state.map, state.parameters)
    let own = onAllRanks ? try state.assembledSlots() : try state.gatheredSlots()
    let rests = try parallel.compressor?.gatheredRests(onAllRanks: onAllRanks) ?? []
    slotNames = state.optimizer.slotNames + rests.indices.map(Self.restName)
    slots = own + rests
    factors = UnsafeBufferPointer(
      parallel.compressor?.factors ?? UnsafeMutableBufferPointer(start: nil, count: 0))
  }

  /// Names and shapes of the optimizer's arrays by slot.
  var optimizerDescriptions: [String: [TensorDescription]] {
    let slot = StateTensors.descriptions(map, trainedOnly: true)
    var all = Dictionary(uniqueKeysWithValues: slotNames.map { ($0, slot) })
    if !factors.isEmpty {
      all[Self.factorsName] = [TensorDescription(path: Self.allFactors, shape: [factors.count])]
    }
    return all
  }

  /// The group of PowerSGD's factors.
  static var factorsName: String { "compressionFactors" }
  /// The one array in it.
  static var allFactors: String { "all" }

  /// The array of what compression left over of a rank's gradients.
  static func restName(_ rank: Int) -> String { "compressionRest\(rank)" }
}
