import Collectives

/// What a rank's training step is made of, measured on one rank alone: what a plan starts from, and what
/// `--simulate-compute` replays.
public struct StepProfile: Codable, Sendable, Equatable {
  /// A trained parameter's place in the flat array of gradients.
  public struct Parameter: Codable, Sendable, Equatable {
    /// The element behind its last.
    public var end: Int
    /// The number of the op that completes its gradient, from 0.
    public var readyAfterOp: Int

    /// A place; see the properties.
    public init(end: Int, readyAfterOp: Int) {
      self.end = end
      self.readyAfterOp = readyAfterOp
    }
  }

  /// The time of all ops with another number of samples.
  public struct Load: Codable, Sendable, Equatable {
    /// Samples of a rank's step.
    public var samples: Int
    /// Microseconds.
    public var microseconds: Double

    /// A measurement.
    public init(samples: Int, microseconds: Double) {
      self.samples = samples
      self.microseconds = microseconds
    }
  }

  /// Bytes that a rank needs.
  public struct Memory: Codable, Sendable, Equatable {
    /// Parameters and buffers.
    public var parameters: Int
    /// Arrays of the optimizer.
    public var optimizer: Int
    /// Sums of gradients.
    public var gradients: Int
    /// Activations, inputs and scratch memory for ``StepProfile/samples``.
    public var activations: Int

    /// Bytes; see the properties.
    public init(parameters: Int, optimizer: Int, gradients: Int, activations: Int) {
      self.parameters = parameters
      self.optimizer = optimizer
      self.gradients = gradients
      self.activations = activations
    }
  }

  /// The job's name.
  public var job: String
  /// Samples of a rank's step.
  public var samples: Int
  /// The ops of forward and backward pass in their order: microseconds.
  public var opMicroseconds: [Double]
  /// Where gradients lie and when they are final, by ascending place.
  public var parameters: [Parameter]
  /// Elements that travel beside gradients: statistics, loss, counts.
  public var extraCount: Int
  /// The number of the op that completes them.
  public var extraReadyAfterOp: Int
  /// Microseconds of the parameters' update.
  public var updateMicroseconds: Double
  /// The standard deviation of a step's time from step to step, in microseconds.
  public var jitterMicroseconds: Double
  /// What one core adds to another array: gigabytes a second.
  public var addRate: Double
  /// Times with fewer samples, ascending; for strong scaling.
  public var loads: [Load]
  /// What a rank needs.
  public var memory: Memory
  /// Samples a second that one rank's input delivers; nil: always ready.
  public var inputRate: Double?

  /// A profile; see the properties.
  public init(
    job: String, samples: Int, opMicroseconds: [Double], parameters: [Parameter],
    extraCount: Int = 32, extraReadyAfterOp: Int = 0, updateMicroseconds: Double = 0,
    jitterMicroseconds: Double = 0, addRate: Double = 8, loads: [Load] = [],
    memory: Memory = Memory(parameters: 0, optimizer: 0, gradients: 0, activations: 0),
    inputRate: Double? = nil
  ) {
    self.job = job
    self.samples = samples
    self.opMicroseconds = opMicroseconds
    self.parameters = parameters
    self.extraCount = extraCount
    self.extraReadyAfterOp = extraReadyAfterOp
    self.updateMicroseconds = updateMicroseconds
    self.jitterMicroseconds = jitterMicroseconds
    self.addRate = addRate
    self.loads = loads
    self.memory = memory
    self.inputRate = inputRate
  }

  /// Elements of all gradients.
  public var gradientCount: Int { parameters.last?.end ?? 0 }

  /// Microseconds of all ops.
  public var computeMicroseconds: Double { opMicroseconds.reduce(0, +) }

  /// A step of one rank alone.
  public var stepMicroseconds: Double { computeMicroseconds + updateMicroseconds }
}

extension StepProfile {
  /// Some of the flat array, whose sum over ranks travels by itself.
  public struct Bucket: Sendable, Equatable {
    /// Elements.
    public var count: Int
    /// After so many ops it is final, and all before it are.
    public var readyAfter: Int

    /// A bucket; see the properties.
    public init(count: Int, readyAfter: Int) {
      self.count = count
      self.readyAfter = readyAfter
    }
  }

  /// The buckets in the order in which they travel: first what is no gradient, then gradients.
  ///
  /// - Parameters:
  ///   - bytes: the length from which a bucket is full.
  ///   - firstBytes: the same for the first one of gradients.
  public func buckets(bytes: Int, firstBytes: Int = 1 << 20) -> [Bucket] {
    var buckets = [Bucket(count: extraCount, readyAfter: extraReadyAfterOp + 1)]
    let cuts = BucketCuts.ranges(
      parameterEnds: parameters.map(\.end), count: gradientCount, firstBytes: firstBytes,
      bytes: bytes)
    for cut in cuts {
      // A cut lies up to 15 elements of padding behind the end of a parameter.
      let own = parameters.filter { $0.end > cut.lowerBound && $0.end <= cut.upperBound }
      let ready = (own.map(\.readyAfterOp).max() ?? 0) + 1
      buckets.append(
        Bucket(count: cut.count, readyAfter: max(buckets.last?.readyAfter ?? 0, ready)))
    }
    return buckets
  }

  /// The profile of a step with another number of samples: ops shrink in proportion to what was measured,
  /// between two measurements along a line, beyond them in proportion to samples.
  public func with(samples count: Int) -> StepProfile {
    guard count != samples, samples > 0 else { return self }
    var other = self
    let scale = computeMicroseconds(samples: Double(count)) / computeMicroseconds
    other.opMicroseconds = opMicroseconds.map { $0 * scale }
    other.jitterMicroseconds *= scale
    other.samples = count
    other.memory.activations = memory.activations * count / samples
    return other
  }

  private func computeMicroseconds(samples count: Double) -> Double {
    let own = Load(samples: samples, microseconds: computeMicroseconds)
    let known = (loads.filter { $0.samples != samples } + [own]).sorted { $0.samples < $1.samples }
    guard let above = known.first(where: { Double($0.samples) >= count }) else {
      return own.microseconds * count / Double(own.samples)
    }
    guard let below = known.last(where: { Double($0.samples) < count }) else {
      return above.microseconds * count / Double(above.samples)
    }
    let share = (count - Double(below.samples)) / Double(above.samples - below.samples)
    return below.microseconds + share * (above.microseconds - below.microseconds)
  }
}
