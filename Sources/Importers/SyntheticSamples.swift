import HDF5
import Randomness

/// Samples made from random numbers, of any count, each a function of the seed and its number.
public final class SyntheticSamples: SourceSamples {
  /// What is made.
  public enum Kind: String, Sendable, CaseIterable {
    /// Points around one centre a class.
    case blobs
    /// Points on arms of a spiral in the plane, one a class.
    case spirals
    /// Pictures in uint8: a coarse pattern a class, and specks.
    case images
    /// Sequences of token ids; the class is the commonest remainder of ids.
    case tokens
  }

  /// What the samples are.
  public let layout: SampleLayout
  /// Number of samples.
  public let count: Int
  private let kind: Kind
  private let classes: Int
  private let seed: UInt64
  private let tokens: Int

  /// `count` samples of `classes` classes.
  ///
  /// - Parameter tokens: number of token ids.
  public init(
    _ kind: Kind, count: Int, shape: [Int], classes: Int, tokens: Int = 64, seed: UInt64
  ) {
    precondition(count > 0 && classes > 0 && tokens > 0)
    let type: ScalarType =
      switch kind {
      case .blobs, .spirals: .float32
      case .images: .uint8
      case .tokens: tokens <= 256 ? .uint8 : .int32
      }
    var layout = SampleLayout(
      name: "synthetic \(kind.rawValue)", featureShape: shape, featureType: type)
    layout.labelType = .int32
    layout.classNames = (0..<classes).map { "\($0)" }
    (self.layout, self.count, self.kind) = (layout, count, kind)
    (self.classes, self.seed, self.tokens) = (classes, seed, tokens)
  }

  /// The class: each as often as any other.
  public func readLabels(_ index: Int, into target: UnsafeMutableRawBufferPointer) throws {
    target.storeBytes(of: Int32(index % classes), as: Int32.self)
  }

  /// Makes a sample.
  public func readFeatures(_ index: Int, into target: UnsafeMutableRawBufferPointer) throws {
    var random = CounterRandom(seed: seed, purpose: .synthetic, sample: UInt64(index))
    let label = index % classes
    switch kind {
    case .blobs: blob(label, target.bindMemory(to: Float.self), &random)
    case .spirals: spiral(label, target.bindMemory(to: Float.self), &random)
    case .images: image(label, target, &random)
    case .tokens:
      for place in 0..<layout.featureShape.reduce(1, *) {
        // Every second id is one of the class.
        var id = Int(random.next32()) % tokens
        if place % 2 == 0, tokens > classes { id -= id % classes - label }
        id = id < tokens ? id : label
        if layout.featureType == .uint8 {
          target[place] = UInt8(id)
        } else {
          target.storeBytes(of: Int32(id), toByteOffset: 4 * place, as: Int32.self)
        }
      }
    }
  }

  private func blob(
    _ label: Int, _ row: UnsafeMutableBufferPointer<Float>, _ random: inout CounterRandom
  ) {
    var centre = CounterRandom(seed: seed, purpose: .synthetic, sample: .max - UInt64(label))
    for place in row.indices { row[place] = 2 * centre.normal() + random.normal() }
  }

  private func spiral(
    _ label: Int, _ row: UnsafeMutableBufferPointer<Float>, _ random: inout CounterRandom
  ) {
    let radius = Double(random.uniform())
    let angle = 2 * Double.pi * (radius * 1.5 + Double(label) / Double(classes))
    let (sine, cosine) = (Trigonometry.sine(angle), Trigonometry.cosine(angle))
    for place in row.indices {
      row[place] =
        Float(radius * (place % 2 == 0 ? cosine : sine)) + 0.02 * random.normal()
    }
  }

  /// Blocks of 4 x 4 pixels of one grey, the same for all samples of a class, and one speck in 16
  /// blocks: data that compresses, as photographs of objects do not, but drawings do.
  private func image(
    _ label: Int, _ target: UnsafeMutableRawBufferPointer, _ random: inout CounterRandom
  ) {
    let shape = layout.featureShape
    let width = shape.last ?? 1
    let height = shape.count > 1 ? shape[shape.count - 2] : 1
    var pattern = CounterRandom(seed: seed, purpose: .synthetic, sample: .max - UInt64(label))
    let columns = (width + 3) / 4
    for plane in 0..<target.count / (width * height) {
      for top in stride(from: 0, to: height, by: 4) {
        for column in 0..<columns {
          let grey = UInt8(truncatingIfNeeded: pattern.next32() >> 24)
          for y in top..<min(top + 4, height) {
            let start = (plane * height + y) * width
            for x in 4 * column..<min(4 * column + 4, width) { target[start + x] = grey }
          }
        }
      }
    }
    for _ in 0..<max(1, target.count / 256) {
      let word = random.next32()
      let place = Int((UInt64(word) * UInt64(target.count)) >> 32)
      target[place] = UInt8(truncatingIfNeeded: word)
    }
  }
}
