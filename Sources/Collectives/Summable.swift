internal import CKernels
public import MPI

/// An element that the algorithms of this module add up themselves, with the widest vectors of the
/// machine.
public protocol Summable: MPIScalar, Numeric {
  /// Adds `count` elements of `source` to those of `target`. The arrays do not overlap.
  static func add(
    _ source: UnsafePointer<Self>, to target: UnsafeMutablePointer<Self>, count: Int)

  /// Writes the sums of `count` elements of `first` and `second` to `target`. The arrays do not
  /// overlap.
  static func sum(
    _ first: UnsafePointer<Self>, _ second: UnsafePointer<Self>,
    into target: UnsafeMutablePointer<Self>, count: Int)

  /// Multiplies `count` elements of `target` by `factor`.
  static func scale(_ target: UnsafeMutablePointer<Self>, by factor: Self, count: Int)
}

// MARK: - Conformances

extension Float: Summable {
  /// Adds `count` elements of `source` to those of `target`.
  public static func add(
    _ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, count: Int
  ) {
    ck_add_f32(target, source, count)
  }

  /// Writes the sums of `count` elements of `first` and `second` to `target`.
  public static func sum(
    _ first: UnsafePointer<Float>, _ second: UnsafePointer<Float>,
    into target: UnsafeMutablePointer<Float>, count: Int
  ) {
    ck_sum2_f32(target, first, second, count)
  }

  /// Multiplies `count` elements of `target` by `factor`.
  public static func scale(_ target: UnsafeMutablePointer<Float>, by factor: Float, count: Int) {
    ck_scale_f32(target, factor, count)
  }
}

extension Double: Summable {
  /// Adds `count` elements of `source` to those of `target`.
  public static func add(
    _ source: UnsafePointer<Double>, to target: UnsafeMutablePointer<Double>, count: Int
  ) {
    ck_add_f64(target, source, count)
  }

  /// Writes the sums of `count` elements of `first` and `second` to `target`.
  public static func sum(
    _ first: UnsafePointer<Double>, _ second: UnsafePointer<Double>,
    into target: UnsafeMutablePointer<Double>, count: Int
  ) {
    ck_sum2_f64(target, first, second, count)
  }

  /// Multiplies `count` elements of `target` by `factor`.
  public static func scale(_ target: UnsafeMutablePointer<Double>, by factor: Double, count: Int) {
    ck_scale_f64(target, factor, count)
  }
}

extension Int32: Summable {
  /// Adds `count` elements of `source` to those of `target`, and wraps around on overflow, as MPI
  /// does.
  public static func add(
    _ source: UnsafePointer<Int32>, to target: UnsafeMutablePointer<Int32>, count: Int
  ) {
    ck_add_i32(target, source, count)
  }

  /// Writes the sums of `count` elements of `first` and `second` to `target`; wraps around on
  /// overflow.
  public static func sum(
    _ first: UnsafePointer<Int32>, _ second: UnsafePointer<Int32>,
    into target: UnsafeMutablePointer<Int32>, count: Int
  ) {
    ck_sum2_i32(target, first, second, count)
  }

  /// Multiplies `count` elements of `target` by `factor`; wraps around on overflow.
  public static func scale(_ target: UnsafeMutablePointer<Int32>, by factor: Int32, count: Int) {
    ck_scale_i32(target, factor, count)
  }
}
