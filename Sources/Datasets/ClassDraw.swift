import Randomness

/// How samples of rare classes come more often than they lie in the files.
public enum Sampling: Sendable, Hashable {
  /// Every class is drawn with a share in proportion to its weight; samples of a class evenly, with
  /// replacement. An epoch has as many draws as there are samples.
  case weighted([Double])
  /// The same without replacement: each sample has the weight of its class, and an epoch is the given
  /// share of all samples, those that a weighted draw without replacement takes.
  case withoutReplacement([Double], share: Double)
  /// Samples of each class are repeated until it has as many as the largest.
  case oversampled
}

/// An epoch drawn by class. Holds one number a sample: meant for data sets with labels, not for
/// billions.
public struct ClassDraw: Sendable {
  /// Draws of an epoch.
  public let count: Int
  /// Samples from which they are taken.
  public var sources: Int { members.samples.count }
  private let kind: Kind
  private let members: Members

  /// The samples of each class, one behind the other; shared by all epochs.
  public struct Members: Sendable {
    let samples: [Int]
    let starts: [Int]

    /// Sorts the samples by their class.
    public init(labels: [Int32], classes: Int) {
      var counts = [Int](repeating: 0, count: classes + 1)
      for label in labels { counts[Int(label) + 1] += 1 }
      for index in 0..<classes { counts[index + 1] += counts[index] }
      var next = counts
      var samples = [Int](repeating: 0, count: labels.count)
      for (sample, label) in labels.enumerated() {
        samples[next[Int(label)]] = sample
        next[Int(label)] += 1
      }
      (self.samples, starts) = (samples, counts)
    }

    /// Samples of each class.
    public var counts: [Int] { zip(starts, starts.dropFirst()).map { $1 - $0 } }
  }

  private enum Kind: Sendable {
    /// Shares summed up over classes, to be searched by a uniform number.
    case weighted(sums: [Double], seed: UInt64, epoch: Int)
    case listed([Int])
    /// As many of each class with samples; their order permuted.
    case oversampled(
      present: [Int], largest: Int, order: SamplePermutation, seed: UInt64, epoch: Int)
  }

  /// The draws of one epoch.
  public init(_ sampling: Sampling, _ members: Members, seed: UInt64, epoch: Int) {
    self.members = members
    let counts = members.counts
    switch sampling {
    case .weighted(let weights):
      var sum = 0.0
      let sums = counts.indices.map { index in
        sum += counts[index] > 0 ? weights[index] : 0
        return sum
      }
      count = members.samples.count
      kind = .weighted(sums: sums, seed: seed, epoch: epoch)
    case .withoutReplacement(let weights, let share):
      let drawn = Self.draw(weights, share, members, seed: seed, epoch: epoch)
      (count, kind) = (drawn.count, .listed(drawn))
    case .oversampled:
      let present = counts.indices.filter { counts[$0] > 0 }
      let largest = counts.max() ?? 0
      count = largest * present.count
      kind = .oversampled(
        present: present, largest: largest,
        order: SamplePermutation(count: count, seed: seed, epoch: epoch), seed: seed, epoch: epoch)
    }
  }

  /// The sample of draw `position`.
  subscript(position: Int) -> Int {
    switch kind {
    case .listed(let samples): return samples[position]
    case .weighted(let sums, let seed, let epoch):
      var random = CounterRandom(
        seed: seed, purpose: .sampling, epoch: UInt32(truncatingIfNeeded: epoch),
        sample: UInt64(position))
      let place = Double(random.uniform()) * (sums.last ?? 0)
      let drawn = sums.firstIndex { $0 > place } ?? sums.count - 1
      let (start, end) = (members.starts[drawn], members.starts[drawn + 1])
      return members.samples[start + Int((UInt64(random.next32()) * UInt64(end - start)) >> 32)]
    case .oversampled(let present, let largest, let order, let seed, let epoch):
      let (place, index) = order[position].quotientAndRemainder(dividingBy: present.count)
      let (start, end) = (members.starts[present[index]], members.starts[present[index] + 1])
      // Whole rounds, then a part of one in the epoch's own order: each sample as often as any other,
      // give or take one.
      let (round, turn) = place.quotientAndRemainder(dividingBy: end - start)
      guard round == largest / (end - start) else { return members.samples[start + turn] }
      let permutation = SamplePermutation(
        count: end - start, seed: seed, epoch: epoch, stream: UInt64(present[index]) + 2)
      return members.samples[start + permutation[turn]]
    }
  }

  /// Sample i has the key log(u) / w, minus an exponential number over w; the largest keys are taken, in their order (Efraimidis and
  /// Spirakis 2006).
  private static func draw(
    _ weights: [Double], _ share: Double, _ members: Members, seed: UInt64, epoch: Int
  ) -> [Int] {
    var keys: [(key: Double, sample: Int)] = []
    keys.reserveCapacity(members.samples.count)
    for index in 0..<members.starts.count - 1 where weights[index] > 0 {
      for place in members.starts[index]..<members.starts[index + 1] {
        let sample = members.samples[place]
        var random = CounterRandom(
          seed: seed, purpose: .sampling, epoch: UInt32(truncatingIfNeeded: epoch),
          sample: UInt64(sample))
        keys.append((-random.exponential() / weights[index], sample))
      }
    }
    keys.sort { ($1.key, $0.sample) < ($0.key, $1.sample) }
    let count = max(1, min(keys.count, Int((share * Double(members.samples.count)).rounded())))
    // The heaviest come first in that order: shuffled, so that an epoch does not begin with them.
    let order = SamplePermutation(count: count, seed: seed, epoch: epoch)
    return (0..<count).map { keys[order[$0]].sample }
  }
}
