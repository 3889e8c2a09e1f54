import CKernels

/// A policy laid out over the parameters of one model: which rule for which slice.
///
/// Neighbours that are treated alike are one slice. A gap between two places is padding: zeros, of
/// which every rule makes zeros.
public final class ParameterUpdate: Sendable {
  /// The policy.
  public let policy: UpdatePolicy
  /// The places in the order of the flat arrays.
  public let places: [ParameterPlace]
  /// Elements of the flat arrays.
  public let count: Int

  private struct Run {
    var range: Range<Int>
    let rule: any Optimizer
    let rateFactor: Double
  }

  private let runs: [Run]
  private let ruleSlotCount: Int
  /// Elements that are updated before they are copied: 64 KiB of parameters.
  private static let pieceCount = 1 << 14

  /// - Parameters:
  ///   - places: The trained parameters, in any order; ranges must not overlap.
  ///   - count: Elements of the flat arrays, at least up to the end of the last place.
  public init(_ policy: UpdatePolicy, places: [ParameterPlace], count: Int) {
    self.policy = policy
    self.count = count
    self.places = places.sorted { $0.range.lowerBound < $1.range.lowerBound }
    ruleSlotCount = policy.rule.slotNames.count
    var runs: [Run] = []
    for place in self.places {
      precondition(
        place.range.lowerBound >= runs.last?.range.upperBound ?? 0
          && place.range.upperBound <= count,
        "\(place.path) at \(place.range) overlaps another or exceeds \(count)")
      let (rule, rateFactor) = policy.settings(for: place)
      if rule.granularity == .element, let last = runs.last, last.rule.isEqual(to: rule),
        last.rateFactor == rateFactor
      {
        runs[runs.count - 1].range = last.range.lowerBound..<place.range.upperBound
      } else {
        runs.append(Run(range: place.range, rule: rule, rateFactor: rateFactor))
      }
    }
    self.runs = runs
  }

  /// One step over all parameters. Local; allocates nothing.
  ///
  /// - Parameters:
  ///   - gradients: Changed by clipping.
  ///   - slots: As many arrays as ``UpdatePolicy/slotNames``; of a share of the parameters, the share's
  ///     elements only, packed.
  ///   - places: The share to update, in ascending order; nil for all. Where norms of the gradient or of
  ///     parameters count, the gradient must be whole, and a place hold whole parameters.
  ///   - copies: Where else updated parameters go, each array as long as `parameters`.
  /// - Returns: The norm of the gradient before it was clipped by norm; nil if it is not clipped.
  /// - Precondition: Parameters and gradients have ``count`` elements.
  @discardableResult
  public func apply(
    parameters: UnsafeMutableBufferPointer<Float>, gradients: UnsafeMutableBufferPointer<Float>,
    slots: Slots, step: Int, learningRate: Double, places: [Range<Int>]? = nil,
    copies: [UnsafeMutablePointer<Float>] = []
  ) -> Double? {
    precondition(
      parameters.count == count && gradients.count == count,
      "\(count) elements laid out, given \(parameters.count) and \(gradients.count)")
    let norm = clip(gradients)
    let ruleSlots = slots.prefix(ruleSlotCount)
    for run in runs {
      // What is copied is still in the cache then.
      let piece = copies.isEmpty || run.rule.granularity == .parameter ? count : Self.pieceCount
      forEachPart(of: run.range, in: places) { whole, slotStart in
        for start in stride(from: whole.lowerBound, to: whole.upperBound, by: piece) {
          let part = start..<min(start + piece, whole.upperBound)
          let slot = slotStart + start - whole.lowerBound
          run.rule.update(
            parameters: UnsafeMutableBufferPointer(rebasing: parameters[part]),
            gradients: UnsafeBufferPointer(rebasing: gradients[part]),
            slots: ruleSlots[slot..<slot + part.count], step: step,
            learningRate: learningRate * run.rateFactor)
          guard let base = parameters.baseAddress else { continue }
          for copy in copies {
            (copy + start).update(from: base + start, count: part.count)
          }
        }
      }
    }
    if let averaging = policy.averaging {
      // The first step copies, as in PyTorch's `AveragedModel`: the average of one is itself.
      forEachPart(of: 0..<count, in: places) { part, slotStart in
        guard let average = slots[ruleSlotCount].baseAddress, let base = parameters.baseAddress
        else { return }
        ck_average(
          average + slotStart, base + part.lowerBound, part.count,
          step == 1 ? 1 : Float(1 - averaging))
      }
    }
    return norm
  }

  /// Calls `body` with what `range` and each place have in common, and where that is in packed slots.
  private func forEachPart(
    of range: Range<Int>, in places: [Range<Int>]?, _ body: (Range<Int>, Int) -> Void
  ) {
    guard let places else { return body(range, range.lowerBound) }
    var start = 0
    for place in places {
      let part = range.clamped(to: place)
      if !part.isEmpty { body(part, start + part.lowerBound - place.lowerBound) }
      start += place.count
    }
  }

  /// Clips by value, then by norm, and returns the norm between the two.
  ///
  /// The norm is the root of the sum, in the order of memory, of the parameters' sums of squares in
  /// double precision: the same bits on every rank.
  private func clip(_ gradients: UnsafeMutableBufferPointer<Float>) -> Double? {
    guard let base = gradients.baseAddress else { return nil }
    if let limit = policy.clipValue { ck_clamp(base, count, Float(limit)) }
    guard let limit = policy.clipNorm else { return nil }
    var squares = 0.0
    for place in places {
      squares += ck_sum_of_squares(base + place.range.lowerBound, place.range.count)
    }
    let norm = squares.squareRoot()
    // PyTorch's constant against a division by zero.
    let factor = limit / (norm + 1e-6)
    if factor < 1 { ck_scale_to(base, base, count, Float(factor)) }
    return norm
  }
}
