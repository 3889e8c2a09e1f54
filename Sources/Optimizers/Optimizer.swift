/// A rule that changes parameters by their gradients.
///
/// Most rules are elementwise: element i of the parameters and of the state depends on element i
/// alone, with the same bits wherever a slice begins and ends. So the state can be cut anywhere,
/// sharded over ranks, written to a checkpoint, averaged, and a bucket updated as soon as its
/// gradients are summed. LARS and LAMB look at the norms of whole parameters: they say so in
/// ``granularity``, and their state can be cut between parameters only.
public protocol Optimizer: Hashable, Sendable {
  /// The name in job files, for example `adam`.
  var name: String { get }

  /// The names of the state's arrays, each of the parameters' count and zero at first; the keys
  /// `/optimizer/<slot>/<path>` in a checkpoint.
  var slotNames: [String] { get }

  /// Where slices may begin and end.
  var granularity: UpdateGranularity { get }

  /// The strength of weight decay, which parameter groups override.
  var weightDecay: Double { get set }

  /// Changes a slice of the parameters and its state. Allocates nothing; local.
  ///
  /// - Parameters:
  ///   - parameters: The slice to change.
  ///   - gradients: The gradient of the loss, of the same count.
  ///   - slots: As many arrays as ``slotNames``, of the same count.
  ///   - step: The number of this step of the training; the first is 1.
  ///   - learningRate: The rate of this step, from a ``Schedule``.
  /// - Precondition: Counts agree, the arrays do not overlap, and the slice fits ``granularity``.
  func update(
    parameters: UnsafeMutableBufferPointer<Float>, gradients: UnsafeBufferPointer<Float>,
    slots: Slots, step: Int, learningRate: Double)
}

/// Where the slices given to an optimizer may begin and end.
public enum UpdateGranularity: Sendable {
  /// Anywhere.
  case element
  /// A slice is one whole parameter; padding of zeros may follow it.
  case parameter
}

extension Optimizer {
  /// Anywhere, unless a rule says otherwise.
  public var granularity: UpdateGranularity { .element }

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
