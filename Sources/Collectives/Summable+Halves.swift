internal import CKernels
public import MPI

// Floats of 16 bits travel as unsigned integers: MPI moves them, but cannot add them up. Every sum
// of two is taken in float32 and rounded; ``Summable/reduce(_:)`` rounds once for all.

extension Float16: MPIScalar {
  /// `MPI_UINT16_T`: for moving only.
  public static var mpiType: MPIType { UInt16.mpiType }
}

extension BFloat16: MPIScalar {
  /// `MPI_UINT16_T`: for moving only.
  public static var mpiType: MPIType { UInt16.mpiType }
}

extension Float16: Summable {
  /// `Float`.
  public typealias Accumulator = Float

  /// Adds `count` elements of `source` to those of `target`.
  public static func add(
    _ source: UnsafePointer<Float16>, to target: UnsafeMutablePointer<Float16>, count: Int
  ) {
    ck_add_f16(bits(target), bits(source), count)
  }

  /// Writes the sums of `count` elements of `first` and `second` to `target`.
  public static func sum(
    _ first: UnsafePointer<Float16>, _ second: UnsafePointer<Float16>,
    into target: UnsafeMutablePointer<Float16>, count: Int
  ) {
    ck_sum2_f16(bits(target), bits(first), bits(second), count)
  }

  /// Multiplies `count` elements of `target` by `factor`.
  public static func scale(_ target: UnsafeMutablePointer<Float16>, by factor: Float, count: Int) {
    ck_scale_f16(bits(target), factor, count)
  }

  /// Adds up many arrays in one pass.
  public static func reduce(_ sum: OrderedSum) {
    ck_reduce_f16(
      sum.targets(of: UInt16.self), sum.targetCount, sum.sources(of: UInt16.self), sum.merges,
      sum.mergeCount, sum.factor.load(as: Float.self), sum.room(of: Float.self), sum.count)
  }

  /// The value as a `Float`, exactly.
  public var widened: Float { Float(self) }

  /// The nearest value to `sum`, ties to even.
  public init(rounding sum: Float) { self.init(sum) }
}

extension BFloat16: Summable {
  /// `Float`.
  public typealias Accumulator = Float

  /// Adds `count` elements of `source` to those of `target`.
  public static func add(
    _ source: UnsafePointer<BFloat16>, to target: UnsafeMutablePointer<BFloat16>, count: Int
  ) {
    ck_add_bf16(bits(target), bits(source), count)
  }

  /// Writes the sums of `count` elements of `first` and `second` to `target`.
  public static func sum(
    _ first: UnsafePointer<BFloat16>, _ second: UnsafePointer<BFloat16>,
    into target: UnsafeMutablePointer<BFloat16>, count: Int
  ) {
    ck_sum2_bf16(bits(target), bits(first), bits(second), count)
  }

  /// Multiplies `count` elements of `target` by `factor`.
  public static func scale(_ target: UnsafeMutablePointer<BFloat16>, by factor: Float, count: Int) {
    ck_scale_bf16(bits(target), factor, count)
  }

  /// Adds up many arrays in one pass.
  public static func reduce(_ sum: OrderedSum) {
    ck_reduce_bf16(
      sum.targets(of: UInt16.self), sum.targetCount, sum.sources(of: UInt16.self), sum.merges,
      sum.mergeCount, sum.factor.load(as: Float.self), sum.room(of: Float.self), sum.count)
  }

  /// The value as a `Float`, exactly.
  public var widened: Float { Float(self) }

  /// The nearest value to `sum`, ties to even.
  public init(rounding sum: Float) { self.init(sum) }
}

// MARK: - Pointers as the vector loops take them
//
// Both types are 16 bits without padding, and C reads and writes nothing but those bits.

func bits<Half>(_ pointer: UnsafePointer<Half>) -> UnsafePointer<UInt16> {
  UnsafeRawPointer(pointer).assumingMemoryBound(to: UInt16.self)
}

func bits<Half>(_ pointer: UnsafeMutablePointer<Half>) -> UnsafeMutablePointer<UInt16> {
  UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: UInt16.self)
}
