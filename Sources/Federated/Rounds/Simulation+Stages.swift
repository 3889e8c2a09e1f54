import CKernels
import Engine
import Randomness

// What happens to an update between training and sum: lies, bounds, noise, compression.

extension Simulation {
  private var update: UnsafeMutablePointer<Float> { trainer.local.base }
  private var count: Int { trainer.map.count }

  /// Replaces the update by a lie.
  func attack(_ client: Client, round: Int) {
    guard let attack = federation.attack else { return }
    switch attack.kind {
    case .labelFlip: break
    case .signFlip: ck_scale_to(update, update, count, Float(-attack.strength))
    case .scaledUpdate: ck_scale_to(update, update, count, Float(attack.strength))
    case .noise:
      update.update(repeating: 0, count: count)
      places.addNoise(
        to: update, deviation: attack.strength,
        seed: LocalTrainer.seed(of: client.id, federation.seed), round: round, count: count)
    }
  }

  /// Cuts the update to the norm that is in force and adds local noise; returns whether it was within.
  func bound(_ client: Client, round: Int) -> Bool {
    guard state.clip.isFinite else { return true }
    let norm = ck_sum_of_squares(update, count).squareRoot()
    let isWithin = norm <= state.clip
    if !isWithin { ck_scale_to(update, update, count, Float(state.clip / norm)) }
    if let privacy = federation.privacy, privacy.place == .local {
      places.addNoise(
        to: update, deviation: privacy.noiseMultiplier * state.clip,
        seed: LocalTrainer.seed(of: client.id, federation.seed), round: round, count: count)
    }
    return isWithin
  }

  /// Replaces the update by what the server gets of it.
  func compress(_ client: Client, round: Int) {
    guard let compression = federation.compression else { return }
    let buffer = UnsafeMutableBufferPointer(start: update, count: count)
    let seed = LocalTrainer.seed(of: client.id, federation.seed)
    guard compression.keepsError else {
      return compression.apply(buffer, seed: seed, round: round)
    }
    // What is left out is what is there before, minus what is sent.
    let error = state.clients.array(Kept.error, of: client.id, count: count)
    ck_add_scaled(update, error.base, count, 1)
    error.base.update(from: update, count: count)
    compression.apply(buffer, seed: seed, round: round)
    ck_subtract(error.base, update, count)
  }

  // MARK: - Noise of central privacy

  /// Adds this rank's part of the round's noise to the sum: every element gets its noise on one rank.
  func addNoise(round: Int) {
    guard let privacy = federation.privacy, privacy.place == .central, state.clip.isFinite,
      privacy.noiseMultiplier > 0
    else { return }
    let deviation =
      privacy.updateMultiplier(participants: expectedParticipants) * state.clip
      * federation.fixedPoint.scale
    let vector = sum.vector(0)
    let (rank, ranks) = (communicator.rank, communicator.size)
    for index in (rank * count / ranks)..<((rank + 1) * count / ranks)
    where places.isElement[index] {
      let noise = deviation * ElementPlaces.noise(federation.seed, round, index)
      vector[index] &+= Int64(noise.rounded())
    }
  }

  /// Adds the noise on the count of updates within the clip.
  func addCountNoise(round: Int) {
    guard let privacy = federation.privacy, let adaptive = privacy.adaptive,
      privacy.noiseMultiplier > 0
    else { return }
    // The place after the last element.
    let noise = ElementPlaces.noise(federation.seed, round, count)
    sum.add(
      RoundSum.integer(noise * adaptive.deviation(participants: expectedParticipants)),
      toScalar: RoundSum.unclipped.rawValue)
  }

  /// Moves the clip after a round, for the next; the one of this round's noise was that of its clip.
  ///
  /// - Parameter within: The sum of a half for each update within, minus a half for each other.
  func adaptClip(within: Double) {
    guard let adaptive = federation.privacy?.adaptive else { return }
    state.clip = adaptive.next(
      state.clip, shareWithin: within / expectedParticipants + 0.5)
  }
}
