/// A scale of the loss that follows the gradients (Micikevicius et al. 2018), as PyTorch's
/// `torch.amp.GradScaler` does:
///
///     gradient ─┬─ finite ──────► update; the 2000th in a row doubles the scale
///               └─ not finite ──► the step is left out, and the scale halved
///
/// All ranks see the same sums and so decide the same. A gradient that is not finite at the least scale
/// is not the scale's doing.
package struct LossScaler: Equatable, CustomStringConvertible {
  /// The first scale.
  package static let first: Float = 65536
  /// The least scale: thirty halvings in a row lead below it.
  package static let least: Float = 0x1p-13
  /// Good steps in a row before the scale is doubled.
  package static let growthInterval = 2000

  /// What the loss of the next step is multiplied by.
  package private(set) var scale = Self.first
  /// Good steps since the scale changed.
  package private(set) var goodSteps = 0

  /// The beginning.
  package init() {}

  package init(_ numbers: [String: Double]) {
    scale = numbers["lossScale.scale"].map { Float($0) } ?? Self.first
    goodSteps = Int(numbers["lossScale.goodSteps"] ?? 0)
  }

  /// What differs from the beginning, by name.
  package var numbers: [String: Double] {
    var numbers: [String: Double] = [:]
    if scale != Self.first { numbers["lossScale.scale"] = Double(scale) }
    if goodSteps > 0 { numbers["lossScale.goodSteps"] = Double(goodSteps) }
    return numbers
  }

  /// The scale, a power of two.
  package var description: String {
    let text = String(scale)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// Whether a gradient that is not finite may be so by the scale.
  package var canBackOff: Bool { scale > Self.least }

  /// Notes a step that was left out for its gradient.
  package mutating func backOff() {
    scale /= 2
    goodSteps = 0
  }

  /// Notes a step that was taken.
  package mutating func advance() {
    goodSteps += 1
    guard goodSteps == Self.growthInterval else { return }
    goodSteps = 0
    if (2 * scale).isFinite { scale *= 2 }
  }
}
