import MPI

/// The sum of a random share of the gradients, at the same places on all ranks, so that only values
/// travel; the other elements of the sum are zero. See ``GradientCompression``.
///
/// Places are a progression around the bucket, (first + i stride) mod N, of a stride without a common
/// divisor with N: all apart, each as likely. First place and stride follow from the number of the step
/// and the bucket's place, so that a resumed run takes the same.
final class RandomReduction: StartedReduction {
  private let algorithm: any AllReduceAlgorithm<Float>
  private let clock: CompressionClock
  private let key: UInt64
  private let rest: UnsafeMutableBufferPointer<Float>
  private let values: UnsafeMutableBufferPointer<Float>
  private var flight: (result: UnsafeMutableBufferPointer<Float>, first: Int, stride: Int)?

  /// - Parameter values: memory for what travels, at least as long as the share.
  init(
    _ algorithm: any AllReduceAlgorithm<Float>, clock: CompressionClock, key: Int, kept: Int,
    rest: UnsafeMutableBufferPointer<Float>, values: UnsafeMutableBufferPointer<Float>
  ) {
    self.algorithm = algorithm
    self.clock = clock
    self.key = UInt64(key)
    self.rest = rest
    self.values = values.part(0..<kept)
  }

  func start(
    _ parts: [UnsafeMutableBufferPointer<Float>], into result: UnsafeMutableBufferPointer<Float>,
    scaledBy factor: Float
  ) throws(MPIError) {
    guard let x = withRest(parts, rest), let rest = rest.baseAddress else { return }
    let (first, stride) = progression(around: result.count)
    rest.update(from: x, count: result.count)
    var place = first
    for index in values.indices {
      values[index] = x[place]
      rest[place] = 0
      place = next(place, stride, result.count)
    }
    flight = (result, first, stride)
    try algorithm.start(values, scaledBy: factor)
  }

  func advance(waiting: Bool) throws(MPIError) -> Bool {
    guard let (result, first, stride) = flight else { return true }
    guard try algorithm.advance(waiting: waiting) else { return false }
    result.update(repeating: 0)
    var place = first
    for value in values {
      result[place] = value
      place = next(place, stride, result.count)
    }
    flight = nil
    return true
  }

  func abandon() {
    algorithm.abandon()
    flight = nil
  }

  private func next(_ place: Int, _ stride: Int, _ count: Int) -> Int {
    let next = place + stride
    return next < count ? next : next - count
  }

  private func progression(around count: Int) -> (first: Int, stride: Int) {
    let random = Self.mixed(key &* 0x9e37_79b9_7f4a_7c15 &+ UInt64(clock.step))
    var stride = 1 + Int(Self.mixed(random) % UInt64(max(count - 1, 1)))
    while Self.commonDivisor(stride, count) != 1 { stride = stride % count + 1 }
    return (Int(random % UInt64(count)), stride % max(count, 2))
  }

  private static func commonDivisor(_ a: Int, _ b: Int) -> Int {
    b == 0 ? a : commonDivisor(b, a % b)
  }

  /// SplitMix64's finaliser (Steele, Lea and Flood, OOPSLA 2014).
  private static func mixed(_ value: UInt64) -> UInt64 {
    var z = value &+ 0x9e37_79b9_7f4a_7c15
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// The number of the current step, for compressions that draw random places.
public final class CompressionClock {
  /// From 1.
  public var step = 1

  /// A clock at step 1.
  public init() {}
}
