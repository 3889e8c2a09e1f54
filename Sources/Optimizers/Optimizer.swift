/// A rule that changes parameters by their gradients.
///
/// The rule is elementwise: element i of the parameters and of the state depends on element i alone,
/// with the same bits wherever a slice begins and ends. So the state can be cut anywhere, sharded
/// over ranks, written to a checkpoint, averaged, and a bucket updated as soon as its gradients are
/// summed.
public protocol Optimizer: Hashable, Sendable {
  /// The name in job files, for example `adam`.
  var name: String { get }

  /// The names of the state's arrays, each of the parameters' count and zero at first; the keys
  /// `/optimizer/<slot>/<path>` in a checkpoint.
  var slotNames: [String] { get }

  /// Changes a slice of the parameters and its state. Allocates nothing; local.
  ///
  /// - Parameters:
  ///   - parameters: The slice to change.
  ///   - gradients: The gradient of the loss, of the same count.
  ///   - slots: As many arrays as ``slotNames``, of the same count.
  ///   - step: The number of this step of the training; the first is 1.
  ///   - learningRate: The rate of this step, from a ``Schedule``.
  /// - Precondition: Counts agree and the arrays do not overlap.
  func update(
    parameters: UnsafeMutableBufferPointer<Float>, gradients: UnsafeBufferPointer<Float>,
    slots: Slots, step: Int, learningRate: Double)
}

extension Optimizer {
  /// Whether `other` is the same rule with the same settings.
  public func isEqual(to other: any Optimizer) -> Bool { (other as? Self) == self }

  /// The addresses of a slice after its counts have been compared; nil if there is nothing to do.
  func checked(
    _ parameters: UnsafeMutableBufferPointer<Float>, _ gradients: UnsafeBufferPointer<Float>,
    _ slots: Slots, count slotCount: Int, step: Int
  ) -> (parameters: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>)? {
    precondition(step >= 1, "\(name): steps count from 1, this is \(step)")
    precondition(
      gradients.count == parameters.count,
      "\(name): \(parameters.count) parameters, \(gradients.count) gradients")
    precondition(slots.count == slotCount, "\(name): \(slotCount) slots, given \(slots.count)")
    for index in 0..<slotCount {
      precondition(
        slots[index].count == parameters.count,
        "\(name): \(parameters.count) parameters, \(slots[index].count) elements in slot \(index)")
    }
    guard let first = parameters.baseAddress, let gradient = gradients.baseAddress else {
      return nil
    }
    return (first, gradient)
  }
}
