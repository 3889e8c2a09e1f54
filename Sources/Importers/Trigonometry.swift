import Glibc

/// The two functions that synthetic spirals need.
enum Trigonometry {
  static func sine(_ x: Double) -> Double { sin(x) }
  static func cosine(_ x: Double) -> Double { cos(x) }
}
