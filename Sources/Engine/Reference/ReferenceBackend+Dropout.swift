import Graph
import Randomness

extension ReferenceBackend {
  /// x * mask / (1 - rate), one key of two words a sample.
  ///
  /// Element j of a sample (row-major) draws word j % 4 of the Philox block with the counter
  /// (j / 4, salt, 0, 0), and is kept if the word is at least rate * 2^32.
  static func dropout(
    _ x: ReferenceTensor, keys: [Int32], rate: Float, salt: UInt32
  ) -> ReferenceTensor {
    var y = x
    let threshold = UInt32(Double(rate) * 4_294_967_296)
    let samples = x.shape[0]
    let count = x.shape.count / max(1, samples)
    for sample in 0..<samples {
      let key = (
        UInt32(bitPattern: keys[2 * sample]), UInt32(bitPattern: keys[2 * sample + 1])
      )
      for j in 0..<count {
        let block = CounterRandom.philox(
          counter: (UInt32(truncatingIfNeeded: j / 4), salt, 0, 0), key: key)
        let word = [block.0, block.1, block.2, block.3][j % 4]
        y.values[sample * count + j] *= word >= threshold ? 1 / (1 - Double(rate)) : 0
      }
    }
    return y
  }
}
