import Glibc

/// The learning rate as a function of the step: no state, so that a resume needs only the step (but see
/// ``ReduceOnPlateau``).
public protocol Schedule: Hashable, Sendable {
  /// The name in job files.
  var name: String { get }

  /// The rate of step `step`; the first is 1, as in ``Optimizer/update(parameters:gradients:slots:step:learningRate:)``.
  func learningRate(step: Int) -> Double

  /// How losses change the rate; nil if they do not.
  var plateauRule: ReduceOnPlateau? { get }
}

extension Schedule {
  /// Losses change nothing, unless a schedule says otherwise.
  public var plateauRule: ReduceOnPlateau? { nil }

  /// Whether `other` is the same schedule with the same settings.
  public func isEqual(to other: any Schedule) -> Bool { (other as? Self) == self }
}

/// `base` to the power of `exponent`; a function, so that files need no C library by name.
func raise(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
