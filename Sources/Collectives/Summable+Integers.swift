internal import CKernels
public import MPI

extension Int32: Summable {
  /// `Int32`.
  public typealias Accumulator = Int32

  /// Adds `count` elements of `source` to those of `target`; wraps around on overflow, as MPI does.
  public static func add(
    _ source: UnsafePointer<Int32>, to target: UnsafeMutablePointer<Int32>, count: Int
  ) {
    ck_add_i32(target, source, count)
  }

  /// Writes the sums of `count` elements of `first` and `second` to `target`; wraps around on overflow, as MPI does.
  public static func sum(
    _ first: UnsafePointer<Int32>, _ second: UnsafePointer<Int32>,
    into target: UnsafeMutablePointer<Int32>, count: Int
  ) {
    ck_sum2_i32(target, first, second, count)
  }

  /// Multiplies `count` elements of `target` by `factor`; wraps around on overflow, as MPI does.
  public static func scale(_ target: UnsafeMutablePointer<Int32>, by factor: Int32, count: Int) {
    ck_scale_i32(target, factor, count)
  }

  /// Adds up many arrays in one pass; wraps around on overflow, as MPI does.
  public static func reduce(_ sum: OrderedSum) {
    ck_reduce_i32(
      sum.targets(of: Int32.self), sum.targetCount, sum.sources(of: Int32.self), sum.merges,
      sum.mergeCount, sum.factor.load(as: Int32.self), sum.room(of: Int32.self), sum.count)
  }
}

extension Int64: Summable {
  /// `Int64`.
  public typealias Accumulator = Int64

  /// Adds `count` elements of `source` to those of `target`; wraps around on overflow, as MPI does.
  public static func add(
    _ source: UnsafePointer<Int64>, to target: UnsafeMutablePointer<Int64>, count: Int
  ) {
    ck_add_i64(target, source, count)
  }

  /// Writes the sums of `count` elements of `first` and `second` to `target`; wraps around on overflow, as MPI does.
  public static func sum(
    _ first: UnsafePointer<Int64>, _ second: UnsafePointer<Int64>,
    into target: UnsafeMutablePointer<Int64>, count: Int
  ) {
    ck_sum2_i64(target, first, second, count)
  }

  /// Multiplies `count` elements of `target` by `factor`; wraps around on overflow, as MPI does.
  public static func scale(_ target: UnsafeMutablePointer<Int64>, by factor: Int64, count: Int) {
    ck_scale_i64(target, factor, count)
  }

  /// Adds up many arrays in one pass; wraps around on overflow, as MPI does.
  public static func reduce(_ sum: OrderedSum) {
    ck_reduce_i64(
      sum.targets(of: Int64.self), sum.targetCount, sum.sources(of: Int64.self), sum.merges,
      sum.mergeCount, sum.factor.load(as: Int64.self), sum.room(of: Int64.self), sum.count)
  }
}
