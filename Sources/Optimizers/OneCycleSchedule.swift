import Glibc

/// One rise to a high rate and one fall to a very low one (Smith and Topin 2018), as PyTorch's
/// `OneCycleLR` in two phases, momentum left alone:
///
///     peak / startDivisor  ->  peak  ->  peak / startDivisor / endDivisor
///              rise * steps - 1     steps - 1
public struct OneCycleSchedule: Schedule {
  /// The form of rise and fall.
  public enum Form: String, Hashable, Sendable, CaseIterable {
    case cosine, linear
  }

  /// The highest rate.
  public var peak: Double
  /// The length of the cycle; the last rate stays.
  public var steps: Int
  /// The share of the steps in which the rate rises.
  public var rise: Double
  /// The peak over the first rate.
  public var startDivisor: Double
  /// The first rate over the last.
  public var endDivisor: Double
  /// How rates between are found.
  public var form: Form

  /// A cycle of `steps` steps; PyTorch's constants unless said otherwise.
  public init(
    peak: Double, steps: Int, rise: Double = 0.3, startDivisor: Double = 25,
    endDivisor: Double = 1e4, form: Form = .cosine
  ) {
    self.peak = peak
    self.steps = steps
    self.rise = rise
    self.startDivisor = startDivisor
    self.endDivisor = endDivisor
    self.form = form
  }

  /// The name in job files.
  public var name: String { "oneCycle" }

  /// The rate of step `step`, from 1.
  public func learningRate(step: Int) -> Double {
    let first = peak / startDivisor
    let top = rise * Double(steps) - 1
    let last = Double(steps - 1)
    let t = min(Double(step - 1), last)
    if t <= top { return between(first, peak, top > 0 ? t / top : 1) }
    return between(peak, first / endDivisor, last > top ? (t - top) / (last - top) : 1)
  }

  private func between(_ start: Double, _ end: Double, _ share: Double) -> Double {
    switch form {
    case .cosine: end + (start - end) * (1 + cos(.pi * share)) / 2
    case .linear: start + (end - start) * share
    }
  }
}
