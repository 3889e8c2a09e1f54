import Glibc
import Randomness

/// Applies augmentations to samples in memory. Allocates nothing; one serves one thread at a time.
final class Augmenter {
  private let steps: [Augmentation]
  private let seed: UInt64
  private let channels: Int
  private let height: Int
  private let width: Int
  private let count: Int
  /// A copy of the sample, for changes that read around.
  private let copy: UnsafeMutableBufferPointer<Float>
  /// The other sample of a mix.
  private let other: UnsafeMutableBufferPointer<Float>
  private let otherTargets: UnsafeMutableBufferPointer<Float>
  private let otherClasses: UnsafeMutableBufferPointer<Int32>

  init(_ steps: [Augmentation], shape: [Int], labelCount: Int, seed: UInt64) {
    (self.steps, self.seed) = (steps, seed)
    count = shape.reduce(1, *)
    let isImage = shape.count == 3
    (channels, height, width) =
      isImage ? (shape[0], shape[1], shape[2]) : (1, 1, count)
    precondition(isImage || !steps.contains(where: \.wantsImages), "samples of shape \(shape)")
    copy = .allocate(capacity: max(1, count))
    other = .allocate(capacity: max(1, count))
    otherTargets = .allocate(capacity: max(1, labelCount))
    otherClasses = .allocate(capacity: max(1, labelCount))
  }

  deinit {
    copy.deallocate()
    other.deallocate()
    otherTargets.deallocate()
    otherClasses.deallocate()
  }

  /// Changes a sample and its label in place.
  ///
  /// - Parameters:
  ///   - sample: its number in `source`, from which mix-up takes the other.
  ///   - labels: those of this sample only.
  func apply(
    to features: UnsafeMutableBufferPointer<Float>, _ labels: LabelBuffer, sample: Int, epoch: Int,
    source: any SampleSource
  ) throws(DatasetError) {
    var random = CounterRandom(
      seed: seed, purpose: .augmentation, epoch: UInt32(truncatingIfNeeded: epoch),
      sample: UInt64(sample))
    for step in steps {
      switch step {
      case .flip(let horizontal, let vertical):
        if Double(random.uniform()) < horizontal { mirrorColumns(features) }
        if Double(random.uniform()) < vertical { mirrorRows(features) }
      case .crop(let padding):
        let (down, right) = (random.below(2 * padding + 1), random.below(2 * padding + 1))
        shift(features, down: down - padding, right: right - padding)
      case .rotate(let degrees):
        let angle = (2 * Double(random.uniform()) - 1) * degrees * .pi / 180
        rotate(features, by: angle)
      case .colorJitter(let brightness, let contrast, let saturation):
        jitter(
          features, brightness: random.within(brightness), contrast: 1 + random.within(contrast),
          saturation: 1 + random.within(saturation))
      case .cutOut(let size):
        cut(features, size: size, row: random.below(height), column: random.below(width))
      case .noise(let deviation):
        for index in features.indices { features[index] += Float(deviation) * random.normal() }
      case .mixUp(let alpha):
        try mix(features, labels, alpha: alpha, &random, source)
      }
    }
  }

  // MARK: - Geometry

  private func mirrorColumns(_ image: UnsafeMutableBufferPointer<Float>) {
    for row in 0..<channels * height {
      var (left, right) = (row * width, row * width + width - 1)
      while left < right {
        image.swapAt(left, right)
        (left, right) = (left + 1, right - 1)
      }
    }
  }

  private func mirrorRows(_ image: UnsafeMutableBufferPointer<Float>) {
    for channel in 0..<channels {
      for row in 0..<height / 2 {
        let (top, bottom) = (channel * height + row, channel * height + height - 1 - row)
        for column in 0..<width { image.swapAt(top * width + column, bottom * width + column) }
      }
    }
  }

  /// Pixel (y, x) becomes (y + down, x + right), zero outside.
  private func shift(_ image: UnsafeMutableBufferPointer<Float>, down: Int, right: Int) {
    _ = copy.update(from: image)
    for channel in 0..<channels {
      for y in 0..<height {
        let (source, row) = (y + down, (channel * height + y) * width)
        for x in 0..<width {
          let from = x + right
          let isInside = source >= 0 && source < height && from >= 0 && from < width
          image[row + x] = isInside ? copy[(channel * height + source) * width + from] : 0
        }
      }
    }
  }

  /// Each new pixel is looked up where it came from, between four old ones.
  private func rotate(_ image: UnsafeMutableBufferPointer<Float>, by angle: Double) {
    _ = copy.update(from: image)
    let (cosine, sine) = (cos(angle), sin(angle))
    let (middleY, middleX) = (Double(height - 1) / 2, Double(width - 1) / 2)
    for y in 0..<height {
      for x in 0..<width {
        let (dy, dx) = (Double(y) - middleY, Double(x) - middleX)
        let (fromY, fromX) = (middleY + cosine * dy - sine * dx, middleX + sine * dy + cosine * dx)
        let (top, left) = (fromY.rounded(.down), fromX.rounded(.down))
        let (low, near) = (Float(fromY - top), Float(fromX - left))
        for channel in 0..<channels {
          let plane = channel * height
          image[(plane + y) * width + x] =
            (1 - low)
            * ((1 - near) * pixel(plane, Int(top), Int(left)) + near
              * pixel(plane, Int(top), Int(left) + 1)) + low
            * ((1 - near) * pixel(plane, Int(top) + 1, Int(left)) + near
              * pixel(plane, Int(top) + 1, Int(left) + 1))
        }
      }
    }
  }

  private func pixel(_ plane: Int, _ y: Int, _ x: Int) -> Float {
    y >= 0 && y < height && x >= 0 && x < width ? copy[(plane + y) * width + x] : 0
  }

  private func cut(
    _ image: UnsafeMutableBufferPointer<Float>, size: Int, row: Int, column: Int
  ) {
    let rows = max(0, row - size / 2)..<min(height, row - size / 2 + size)
    let columns = max(0, column - size / 2)..<min(width, column - size / 2 + size)
    for channel in 0..<channels {
      for y in rows {
        for x in columns { image[(channel * height + y) * width + x] = 0 }
      }
    }
  }

  // MARK: - Values

  private func jitter(
    _ image: UnsafeMutableBufferPointer<Float>, brightness: Float, contrast: Float,
    saturation: Float
  ) {
    var sum: Float = 0
    for value in image { sum += value }
    let mean = sum / Float(max(1, count))
    for index in image.indices {
      image[index] = mean + contrast * (image[index] - mean) + brightness
    }
    guard channels > 1 else { return }
    let plane = height * width
    for place in 0..<plane {
      var grey: Float = 0
      for channel in 0..<channels { grey += image[channel * plane + place] }
      grey /= Float(channels)
      for channel in 0..<channels {
        let index = channel * plane + place
        image[index] = grey + saturation * (image[index] - grey)
      }
    }
  }

  private func mix(
    _ features: UnsafeMutableBufferPointer<Float>, _ labels: LabelBuffer, alpha: Double,
    _ random: inout CounterRandom, _ source: any SampleSource
  ) throws(DatasetError) {
    var partner = random.below(source.count)
    let share = Float(random.beta(alpha))
    let takesOther = random.uniform() >= share
    let target: LabelBuffer =
      switch labels {
      case .classes(let buffer):
        .classes(UnsafeMutableBufferPointer(rebasing: otherClasses[..<buffer.count]))
      case .targets(let buffer):
        .targets(UnsafeMutableBufferPointer(rebasing: otherTargets[..<buffer.count]))
      case .none: .none
      }
    try withUnsafePointer(to: &partner) { (index) throws(DatasetError) in
      try source.read(
        UnsafeBufferPointer(start: index, count: 1),
        into: UnsafeMutableBufferPointer(rebasing: other[..<features.count]), labels: target)
    }
    for index in features.indices {
      features[index] = share * features[index] + (1 - share) * other[index]
    }
    switch labels {
    case .classes(let buffer):
      guard takesOther else { return }
      for index in buffer.indices { buffer[index] = otherClasses[index] }
    case .targets(let buffer):
      for index in buffer.indices {
        buffer[index] = share * buffer[index] + (1 - share) * otherTargets[index]
      }
    case .none: break
    }
  }
}

extension CounterRandom {
  /// A number uniform in 0 ..< `limit`.
  fileprivate mutating func below(_ limit: Int) -> Int {
    Int((UInt64(next32()) * UInt64(limit)) >> 32)
  }

  /// A number uniform in [-reach, reach).
  fileprivate mutating func within(_ reach: Double) -> Float {
    Float(reach) * (2 * uniform() - 1)
  }

  /// A number of the distribution Beta(a, a): of two Gamma(a) numbers, the first's part of their sum.
  fileprivate mutating func beta(_ a: Double) -> Double {
    let (x, y) = (gamma(a), gamma(a))
    return x + y > 0 ? x / (x + y) : 0.5
  }

  /// A number of the distribution Gamma(a) (Marsaglia and Tsang 2000; below 1 by Gamma(a + 1) u^(1/a)).
  private mutating func gamma(_ a: Double) -> Double {
    guard a >= 1 else { return gamma(a + 1) * exp(-exponential() / a) }
    let d = a - 1 / 3.0
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = Double(normal())
      let root = 1 + c * x
      guard root > 0 else { continue }
      let v = root * root * root
      if -exponential() < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
    }
  }
}
