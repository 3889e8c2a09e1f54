import Engine
import Optimizers

/// The memory that a rank's training will take, in bytes, known before it is allocated.
public struct MemoryNeed: Sendable, Hashable {
  /// Parameters and buffers.
  public let parameters: Int
  /// The optimizer's arrays.
  public let optimizer: Int
  /// Gradients: partial sums and those of each thread.
  public let gradients: Int
  /// Activations, inputs and scratch memory of all threads.
  public let activations: Int

  /// Everything.
  public var total: Int { parameters + optimizer + gradients + activations }

  /// What a copy for a checkpoint takes, which holds the optimizer's arrays of all ranks.
  public let checkpointCopy: Int

  /// - Parameters:
  ///   - slots: Partial sums that are kept at once.
  ///   - workers: Threads.
  ///   - optimizerShare: Floats of each of the optimizer's arrays on this rank; nil for all of them.
  init(
    _ plan: Plan, optimizer: UpdatePolicy, slots: Int, workers: Int, optimizerShare: Int? = nil
  ) {
    let map = plan.parameters
    parameters = 4 * map.count
    self.optimizer = 4 * (optimizerShare ?? map.trainedCount) * optimizer.slotNames.count
    checkpointCopy = parameters + 4 * map.trainedCount * optimizer.slotNames.count
    gradients = 4 * plan.resultCount * (slots + (workers > 1 ? workers : 0))
    activations = workers * (plan.report.arenaBytes + plan.report.persistentBytes)
  }
}
