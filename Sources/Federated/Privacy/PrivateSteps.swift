import CKernels
import Datasets
import Engine
import Randomness

// Note [Gradients of single samples]
//
// DP-SGD (Abadi et al. 2016) bounds what one sample can do to a step: each sample's gradient is cut to
// a norm, then noise is added to the sum. Frameworks that compute a whole batch at once need a
// gradient, as large as the model, for every sample of it. Here a step of one sample is compiled, and
// samples go through one by one; each gradient is scaled and added to the sum before the next is
// computed: two arrays in all, whatever the batch.

/// Clipping and noise of every step of a client: DP-SGD.
///
/// Batches are drawn anew for every step, each sample with probability batch / samples, as the
/// accountants assume.
public struct PrivateSteps: Hashable, Sendable {
  /// The largest norm of a sample's gradient.
  public var clip: Double
  /// The deviation of the noise, in units of ``clip``.
  public var noiseMultiplier: Double

  /// Cuts to `clip` and adds noise of deviation `noiseMultiplier * clip` to the sum.
  public init(clip: Double, noiseMultiplier: Double) {
    (self.clip, self.noiseMultiplier) = (clip, noiseMultiplier)
  }
}

/// What ``PrivateSteps`` needs beside a gradient.
final class PrivateStepMemory {
  let sum: FloatMemory
  let places: ElementPlaces

  init(_ map: ParameterMap) {
    sum = FloatMemory(count: map.trainedCount)
    places = ElementPlaces(map)
  }
}

extension LocalTrainer {
  /// The noisy mean of the clipped gradients of a batch drawn at random, in ``results``.
  func privateGradient(
    _ settings: PrivateSteps, _ client: Client, batch: Int, seed: UInt64, step number: Int,
    into result: inout LocalResult
  ) throws {
    let work = privateWork
    let count = map.trainedCount
    work.sum.base.update(repeating: 0, count: count)
    let step = try cache.step(1)
    try step.executor.bindResults(results.base)
    var random = CounterRandom(
      seed: seed, purpose: .cohort, epoch: UInt32(truncatingIfNeeded: number))
    let rate = Double(batch) / Double(client.samples.count)
    for sample in client.samples where random.uniformDouble() < rate {
      try loader.load(1, into: step.executor, seed: seed, epoch: number) { _ in sample }
      try run(step, weight: 1)
      let norm = ck_sum_of_squares(results.base, count).squareRoot()
      // A gradient that is not finite would make the sum so: it counts as nothing.
      guard norm.isFinite else { continue }
      ck_add_scaled(
        work.sum.base, results.base, count, Float(min(1, settings.clip / max(norm, 1e-30))))
      result.lossSum += Double(results.base[step.lossOffset])
      if let offset = step.correctOffset { result.correct += Double(results.base[offset]) }
      result.samples += 1
    }
    work.places.addNoise(
      to: work.sum.base, deviation: settings.clip * settings.noiseMultiplier, seed: seed,
      round: number, count: count)
    ck_scale_to(work.sum.base, results.base, count, 1 / Float(batch))
  }
}
