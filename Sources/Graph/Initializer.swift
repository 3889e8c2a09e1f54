import Randomness

/// How a parameter starts. Fans follow the layout `outputs x inputs x window...`.
///
/// Definitions are Keras's (`glorot*`, `he*`, `lecun*`) and PyTorch's (`kaimingUniform`).
public enum Initializer: Hashable, Sendable {
  case zeros
  case ones
  case constant(Float)
  /// Uniform in [lower, upper).
  case uniform(lower: Float, upper: Float)
  case normal(mean: Float, deviation: Float)
  /// Uniform in +-sqrt(6 / (fanIn + fanOut)) (Glorot and Bengio 2010).
  case glorotUniform
  /// Normal, deviation sqrt(2 / (fanIn + fanOut)), cut at two deviations as in Keras.
  case glorotNormal
  /// Uniform in +-sqrt(6 / fanIn) (He et al. 2015).
  case heUniform
  /// Normal, deviation sqrt(2 / fanIn), cut at two deviations as in Keras.
  case heNormal
  /// Normal, deviation sqrt(1 / fanIn), cut at two deviations as in Keras.
  case lecunNormal
  /// Uniform in +-sqrt(6 / ((1 + a^2) fanIn)); a = sqrt(5) is PyTorch's default for weights.
  case kaimingUniform(negativeSlope: Float)
  /// Uniform in +-1 / sqrt(fan): PyTorch's default for biases, fan being the layer's inputs.
  case fanUniform(fan: Int)
  /// Row t holds sin(t / 10000^(2 i / E)) and cos of the same in turn (Vaswani et al. 2017).
  case sinusoidal

  /// Inputs and outputs of one unit for a weight of `shape`.
  public static func fans(_ shape: Shape) -> (input: Int, output: Int) {
    guard shape.rank >= 2 else { return (shape.count, shape.count) }
    let window = shape.dimensions.dropFirst(2).reduce(1, *)
    return (shape[1] * window, shape[0] * window)
  }

  /// Row-major values of a parameter; a function of (seed, path, shape) alone.
  public func values(_ shape: Shape, path: String, seed: UInt64) -> [Float] {
    var random = CounterRandom(
      seed: seed, purpose: .initialization, sample: Self.hash(path))
    let fans = Self.fans(shape)
    let (fanIn, fanOut) = (Float(max(1, fans.input)), Float(max(1, fans.output)))
    func uniform(_ limit: Float) -> [Float] {
      (0..<shape.count).map { _ in (2 * random.uniform() - 1) * limit }
    }
    func normal(_ mean: Float, _ deviation: Float) -> [Float] {
      (0..<shape.count).map { _ in mean + deviation * random.normal() }
    }
    // Keras divides by the deviation of the cut distribution, so that the result has the stated one.
    func truncated(_ deviation: Float) -> [Float] {
      let wide = deviation / 0.879_625_66
      return (0..<shape.count).map { _ in
        var draw = random.normal()
        while abs(draw) > 2 { draw = random.normal() }
        return draw * wide
      }
    }
    switch self {
    case .zeros: return [Float](repeating: 0, count: shape.count)
    case .ones: return [Float](repeating: 1, count: shape.count)
    case .constant(let value): return [Float](repeating: value, count: shape.count)
    case .uniform(let lower, let upper):
      return (0..<shape.count).map { _ in lower + (upper - lower) * random.uniform() }
    case .normal(let mean, let deviation): return normal(mean, deviation)
    case .glorotUniform: return uniform((6 / (fanIn + fanOut)).squareRoot())
    case .glorotNormal: return truncated((2 / (fanIn + fanOut)).squareRoot())
    case .heUniform: return uniform((6 / fanIn).squareRoot())
    case .heNormal: return truncated((2 / fanIn).squareRoot())
    case .lecunNormal: return truncated((1 / fanIn).squareRoot())
    case .kaimingUniform(let slope):
      return uniform((6 / ((1 + slope * slope) * fanIn)).squareRoot())
    case .sinusoidal:
      let width = shape.dimensions.last ?? 1
      return (0..<shape.count).map { element in
        let (step, column) = (element / width, element % width)
        let rate = exponential(-Double(column / 2 * 2) / Double(width) * logarithm(10000))
        let angle = Double(step) * rate
        return Float(column % 2 == 0 ? sine(angle) : cosine(angle))
      }
    case .fanUniform(let fan): return uniform(1 / Float(max(1, fan)).squareRoot())
    }
  }

  /// FNV-1a over the path's bytes: the same on every machine, unlike `Hasher`.
  private static func hash(_ path: String) -> UInt64 {
    path.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
  }
}
