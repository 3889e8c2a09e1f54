import Foundation

/// What the slowest of many ranks takes.
public enum OrderStatistics {
  /// The expected maximum of `count` independent normal numbers of mean 0 and deviation 1: 0.564 of two,
  /// 1.539 of ten, 3.24 of a thousand.
  ///
  /// The integral of x over the distribution F(x)^n, by parts: from 0 of 1 - F^n, less to 0 of F^n.
  /// Source: David and Nagaraja, "Order Statistics", 3.1.
  public static func expectedMaximum(of count: Int) -> Double {
    guard count > 1 else { return 0 }
    let (end, steps) = (9.0, 3600)
    let width = end / Double(steps)
    func difference(_ x: Double) -> Double {
      1 - pow(below(x), Double(count)) - pow(below(-x), Double(count))
    }
    // Simpson's rule.
    var sum = difference(0) + difference(end)
    for step in 1..<steps { sum += difference(Double(step) * width) * (step % 2 == 0 ? 2 : 4) }
    return sum * width / 3
  }

  /// The share of normal numbers below `x`.
  private static func below(_ x: Double) -> Double { 0.5 * erfc(-x / 2.squareRoot()) }
}
