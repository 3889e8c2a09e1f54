import CKernels

extension UnsafePointer<Float> {
  /// Whether the `count` floats from here are all finite. One pass at the speed of memory.
  public func areFinite(count: Int) -> Bool {
    // The squares of finite floats and their sum are far inside the range of a double.
    ck_sum_of_squares(self, count).isFinite
  }
}
