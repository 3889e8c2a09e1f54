internal import CKernels
public import MPI

extension Float: Summable {
  /// `Float`.
  public typealias Accumulator = Float

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

  /// Adds up many arrays in one pass.
  public static func reduce(_ sum: OrderedSum) {
    ck_reduce_f32(
      sum.targets(of: Float.self), sum.targetCount, sum.sources(of: Float.self), sum.merges,
      sum.mergeCount, sum.factor.load(as: Float.self), sum.room(of: Float.self), sum.count)
  }
}

extension Double: Summable {
  /// `Double`.
  public typealias Accumulator = Double

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

  /// Adds up many arrays in one pass.
  public static func reduce(_ sum: OrderedSum) {
    ck_reduce_f64(
      sum.targets(of: Double.self), sum.targetCount, sum.sources(of: Double.self), sum.merges,
      sum.mergeCount, sum.factor.load(as: Double.self), sum.room(of: Double.self), sum.count)
  }
}
