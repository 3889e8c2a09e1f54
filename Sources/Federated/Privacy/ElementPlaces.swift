import Engine
import Randomness

/// Which floats of the flat arrays are elements of parameters: noise must keep out of the padding of
/// blocked layouts, which is zero and stays zero.
final class ElementPlaces {
  /// One byte a float of all parameters and buffers: 1 for an element.
  let isElement: [Bool]

  init(_ map: ParameterMap) {
    let ones = FloatMemory(count: map.count)
    for (index, entry) in map.entries.enumerated() {
      // A parameter packs into its own layout: there is nothing that could fail.
      try? map.pack([Float](repeating: 1, count: entry.shape.count), index, into: ones.base)
    }
    isElement = (0..<map.count).map { ones.base[$0] == 1 }
  }

  /// Adds normal noise to all elements up to the length of the trained parameters, as a function of
  /// seed, round and place alone.
  func addNoise(
    to values: UnsafeMutablePointer<Float>, deviation: Double, seed: UInt64, round: Int,
    count: Int
  ) {
    guard deviation > 0 else { return }
    for index in 0..<count where isElement[index] {
      values[index] += Float(deviation * Self.noise(seed, round, index))
    }
  }

  /// The normal number of one place in one round.
  static func noise(_ seed: UInt64, _ round: Int, _ index: Int) -> Double {
    var random = CounterRandom(
      seed: seed, purpose: .noise, epoch: UInt32(truncatingIfNeeded: round),
      sample: UInt64(index))
    return random.normalDouble()
  }
}
