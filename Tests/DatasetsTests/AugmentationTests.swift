import Datasets
import Testing

/// Images of 2 x 4 x 6 in which pixel (c, y, x) of sample i is 100 c + 10 y + x + 1000 i.
private final class PixelSource: SampleSource {
  let name = "pixels"
  let count = 50
  let featureShape = [2, 4, 6]
  let labelShape = [1]
  let labelKind = LabelKind.targets
  let classNames: [String] = []

  func read(
    _ indices: UnsafeBufferPointer<Int>, into features: UnsafeMutableBufferPointer<Float>,
    labels: LabelBuffer
  ) throws(DatasetError) {
    for (place, sample) in indices.enumerated() {
      for index in 0..<48 {
        let (channel, row, column) = (index / 24, index / 6 % 4, index % 6)
        features[48 * place + index] = Float(100 * channel + 10 * row + column + 1000 * sample)
      }
      if case .targets(let buffer) = labels { buffer[place] = Float(sample) }
    }
  }
}

@Suite struct AugmentationTests {
  private let source = PixelSource()

  private func batch(
    _ steps: [Augmentation], epoch: Int = 0, parts: Int = 1, seed: UInt64 = 3
  ) throws -> (features: [Int: [Float]], targets: [Int: Float]) {
    let schedule = BatchSchedule(globalBatch: 50, microBatches: parts, epoch: epoch) {
      SampleOrder(count: 50, .none, seed: 1, epoch: $0)
    }
    let reader = BatchReader(source: source, capacity: 50, augmentation: steps, seed: seed)
    var result: [Int: [Float]] = [:]
    var targets: [Int: Float] = [:]
    for part in 0..<parts {
      var features = [Float](repeating: 0, count: 50 * 48)
      var labels = [Float](repeating: 0, count: 50)
      let count = try features.withUnsafeMutableBufferPointer { features in
        try labels.withUnsafeMutableBufferPointer { labels in
          try reader.read(
            step: 0, microBatch: part, of: schedule, into: features, labels: .targets(labels))
        }
      }
      let first = schedule.positions(step: 0, microBatch: part).lowerBound
      for place in 0..<count {
        result[first + place] = Array(features[48 * place..<48 * (place + 1)])
        targets[first + place] = labels[place]
      }
    }
    return (result, targets)
  }

  private static let all: [Augmentation] = [
    .flip(horizontal: 0.5, vertical: 0.5), .crop(padding: 2), .rotate(degrees: 20),
    .colorJitter(brightness: 0.3, contrast: 0.3, saturation: 0.3), .cutOut(size: 2),
    .noise(deviation: 0.1), .mixUp(alpha: 0.4),
  ]

  @Test(arguments: all) func dependsOnSampleAndEpochAlone(step: Augmentation) throws {
    let whole = try batch([step])
    #expect(try batch([step], parts: 7).features == whole.features)
    #expect(try batch([step], epoch: 1).features != whole.features)
    #expect(try batch([step], seed: 4).features != whole.features)
  }

  @Test func certainFlipsMirror() throws {
    let plain = try #require(try batch([]).features[1])
    let wide = try #require(try batch([.flip(horizontal: 1, vertical: 0)]).features[1])
    let tall = try #require(try batch([.flip(horizontal: 0, vertical: 1)]).features[1])
    for index in 0..<48 {
      let (plane, row, column) = (index / 24 * 24, index / 6 % 4, index % 6)
      #expect(wide[index] == plain[plane + row * 6 + 5 - column])
      #expect(tall[index] == plain[plane + (3 - row) * 6 + column])
    }
  }

  @Test func cropsMoveTheImageAndFillWithZeros() throws {
    let plain = try batch([]).features
    let cropped = try batch([.crop(padding: 1)]).features
    var moves: Set<[Int]> = []
    for sample in 0..<50 {
      let (before, after) = (try #require(plain[sample]), try #require(cropped[sample]))
      let move = (0..<9).map { [$0 / 3 - 1, $0 % 3 - 1] }.first { move in
        (0..<48).allSatisfy { index in
          let (plane, row, column) = (index / 24 * 24, index / 6 % 4 + move[0], index % 6 + move[1])
          let isInside = (0..<4).contains(row) && (0..<6).contains(column)
          return after[index] == (isInside ? before[plane + row * 6 + column] : 0)
        }
      }
      moves.insert(try #require(move, "sample \(sample) is no crop"))
    }
    #expect(moves.count == 9)
  }

  @Test func turningKeepsWhatIsInTheMiddle() throws {
    let plain = try batch([]).features
    let turned = try batch([.rotate(degrees: 15)]).features
    // Pixel values are linear in row and column: so they are between pixels, and after a turn about the
    // middle the sum over the four pixels around it is the same, but for rounding.
    let middle = [1 * 6 + 2, 1 * 6 + 3, 2 * 6 + 2, 2 * 6 + 3]
    for sample in 1..<50 {
      let (before, after) = (try #require(plain[sample]), try #require(turned[sample]))
      let sums = (middle.reduce(0) { $0 + before[$1] }, middle.reduce(0) { $0 + after[$1] })
      #expect(abs(sums.0 - sums.1) < 1e-5 * sums.0)
    }
  }

  @Test func jitterOfNothingChangesNothing() throws {
    let plain = try #require(try batch([]).features[3])
    let same = try #require(
      try batch([.colorJitter(brightness: 0, contrast: 0, saturation: 0)]).features[3])
    for (a, b) in zip(plain, same) { #expect(abs(a - b) <= 1e-3) }
  }

  @Test func cutsAreSquaresOfZeros() throws {
    let cut = try batch([.cutOut(size: 2)]).features
    for sample in 1..<50 {
      let zeros = try #require(cut[sample]).count { $0 == 0 }
      #expect([2, 4, 8].contains(zeros), "\(zeros) zeros")
    }
  }

  @Test func noiseHasItsDeviation() throws {
    let (plain, noisy) = (try batch([]).features, try batch([.noise(deviation: 2)]).features)
    let squares = (0..<50).flatMap { sample in
      zip(plain[sample] ?? [], noisy[sample] ?? []).map { ($1 - $0) * ($1 - $0) }
    }
    // 2400 squares of deviation 2: the mean of 4 has deviation 0.12.
    #expect(abs(squares.reduce(0, +) / Float(squares.count) - 4) < 0.6)
  }

  @Test func mixedTargetsGoWithMixedFeatures() throws {
    let (features, targets) = try batch([.mixUp(alpha: 1)])
    var mixed = 0
    for sample in 0..<50 {
      let target = try #require(targets[sample])
      // Feature 0 of sample i is 1000 i, its target i; both are mixed by the same share.
      #expect(abs(try #require(features[sample])[0] - 1000 * target) < 0.1)
      if target != Float(sample) { mixed += 1 }
    }
    #expect(mixed > 40)
  }
}
