public import MPI

/// An element that the algorithms of this module add up themselves, with the widest vectors of the
/// machine.
public protocol Summable: MPIScalar, Numeric {
  /// In what sums are taken: `Float` for floats of 16 bits, else the element itself.
  associatedtype Accumulator: Summable where Accumulator.Accumulator == Accumulator

  /// Adds `count` elements of `source` to those of `target`. The arrays do not overlap.
  static func add(
    _ source: UnsafePointer<Self>, to target: UnsafeMutablePointer<Self>, count: Int)

  /// Writes the sums of `count` elements of `first` and `second` to `target`. The arrays do not
  /// overlap.
  static func sum(
    _ first: UnsafePointer<Self>, _ second: UnsafePointer<Self>,
    into target: UnsafeMutablePointer<Self>, count: Int)

  /// Multiplies `count` elements of `target` by `factor`.
  static func scale(_ target: UnsafeMutablePointer<Self>, by factor: Accumulator, count: Int)

  /// Adds up many arrays in one pass; each element is rounded once, at the end.
  static func reduce(_ sum: OrderedSum)

  /// The value as its accumulator holds it.
  var widened: Accumulator { get }

  /// The nearest element to a sum; integers as they are.
  init(rounding sum: Accumulator)
}

extension Summable where Accumulator == Self {
  /// The value.
  public var widened: Self { self }

  /// The sum.
  public init(rounding sum: Self) { self = sum }
}
