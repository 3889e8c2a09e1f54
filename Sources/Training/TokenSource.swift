import Datasets
import Randomness

/// A source whose features must be token ids: whole numbers below a limit.
///
/// Sources give features as floats, in which ids up to 2^24 are exact; the loader makes integers of
/// them in the memory of the model's int32 input.
final class TokenSource: SampleSource {
  private let source: any SampleSource
  private let tokens: Int

  /// - Parameter tokens: The limit: the rows of the model's embedding.
  init(_ source: any SampleSource, tokens: Int) {
    self.source = source
    self.tokens = tokens
  }

  var name: String { source.name }
  var count: Int { source.count }
  var featureShape: [Int] { source.featureShape }
  var labelShape: [Int] { source.labelShape }
  var labelKind: LabelKind { source.labelKind }
  var classNames: [String] { source.classNames }
  var chunks: ShardChunks? { source.chunks }
  var residentByteCount: Int? { source.residentByteCount }

  func share(_ memory: UnsafeMutableRawPointer) { source.share(memory) }
  func classes() throws(DatasetError) -> [Int32] { try source.classes() }
  func lengths() throws(DatasetError) -> [Int]? { try source.lengths() }
  func prefetch(_ schedule: BatchSchedule, step: Int, microBatches: Range<Int>) {
    source.prefetch(schedule, step: step, microBatches: microBatches)
  }

  func read(
    _ indices: UnsafeBufferPointer<Int>, into features: UnsafeMutableBufferPointer<Float>,
    labels: LabelBuffer
  ) throws(DatasetError) {
    try source.read(indices, into: features, labels: labels)
    let limit = Float(tokens)
    for (place, value) in features.enumerated() {
      guard value >= 0, value < limit, value == value.rounded(.towardZero) else {
        throw .notToken(
          file: name, index: indices[place / max(1, featureCount)], value: value, tokens: tokens)
      }
    }
  }
}

/// Made-up token sequences: each a function of the seed and its number.
///
/// A label is the remainder of its token, or of the first one, by the number of classes: it can be
/// learnt.
final class SyntheticTokens: SampleSource {
  let name = "synthetic"
  let count: Int
  let featureShape: [Int]
  let labelShape: [Int]
  let labelKind: LabelKind
  let classNames: [String]
  private let tokens: Int
  private let seed: UInt64

  /// - Parameters:
  ///   - classes: The number of classes; labels are numbers in [0, 1) if nil.
  ///   - labelShape: The shape of a sample's labels, `[]` for one.
  init(
    count: Int, featureShape: [Int], tokens: Int, classes: Int?, labelShape: [Int], seed: UInt64
  ) {
    (self.count, self.featureShape, self.tokens, self.seed) = (count, featureShape, tokens, seed)
    self.labelShape = labelShape
    labelKind = classes.map { .classes($0) } ?? .targets
    classNames = (0..<(classes ?? 0)).map { "\($0)" }
  }

  func read(
    _ indices: UnsafeBufferPointer<Int>, into features: UnsafeMutableBufferPointer<Float>,
    labels: LabelBuffer
  ) throws(DatasetError) {
    let (width, labelWidth) = (featureCount, labelCount)
    for (position, index) in indices.enumerated() {
      var random = CounterRandom(seed: seed, purpose: .synthetic, sample: UInt64(index))
      for place in 0..<width {
        let token = (UInt64(random.next32()) * UInt64(tokens)) >> 32
        features[position * width + place] = Float(token)
      }
      for place in 0..<labelWidth {
        let token = features[position * width + place * width / max(1, labelWidth)]
        switch labels {
        case .classes(let buffer):
          buffer[position * labelWidth + place] = Int32(token) % Int32(max(1, classNames.count))
        case .targets(let buffer): buffer[position * labelWidth + place] = token / Float(tokens)
        case .none: break
        }
      }
    }
  }
}
