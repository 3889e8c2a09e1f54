import Optimizers

/// Parameters and their state under training, for tests.
struct Training {
  var parameters: [Float]
  var slots: [[Float]]

  init(_ parameters: [Float], _ optimizer: any Optimizer) {
    self.parameters = parameters
    slots = optimizer.slotNames.map { _ in [Float](repeating: 0, count: parameters.count) }
  }

  /// One step, made in slices that begin at `cuts`.
  mutating func step(
    _ optimizer: any Optimizer, _ gradients: [Float], step: Int, rate: Double, cuts: [Int] = []
  ) {
    let bounds = [0] + cuts + [parameters.count]
    // Copies, so that memory stays put while pointers to several arrays are out.
    let p = UnsafeMutableBufferPointer<Float>.allocate(capacity: parameters.count)
    defer { p.deallocate() }
    _ = p.initialize(from: parameters)
    var state = Slots()
    let buffers = slots.map { slot in
      let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: slot.count)
      _ = buffer.initialize(from: slot)
      state.append(buffer)
      return buffer
    }
    defer { buffers.forEach { $0.deallocate() } }
    gradients.withUnsafeBufferPointer { g in
      for (lower, upper) in zip(bounds, bounds.dropFirst()) {
        optimizer.update(
          parameters: UnsafeMutableBufferPointer(rebasing: p[lower..<upper]),
          gradients: UnsafeBufferPointer(rebasing: g[lower..<upper]), slots: state[lower..<upper],
          step: step, learningRate: rate)
      }
    }
    parameters = Array(p)
    slots = buffers.map { Array($0) }
  }
}

extension Training {
  /// The parameters of the comparison with PyTorch.
  static let start: [Float] = [0.5, -1.25, 2, -0.1, 0.003]

  /// The gradient of step `t` of the comparison with PyTorch: multiples of 1/8.
  static func gradients(step t: Int, count: Int = 5) -> [Float] {
    (0..<count).map { Float((t * 7 + $0 * 3) % 11 - 5) / 8 }
  }

  /// The parameters after five steps from ``start``.
  static func fiveSteps(_ optimizer: any Optimizer, rate: Double) -> [Float] {
    var training = Training(start, optimizer)
    for t in 1...5 { training.step(optimizer, gradients(step: t), step: t, rate: rate) }
    return training.parameters
  }
}

/// Whether all pairs agree to a few units in the last place of a number near 1.
func agree(_ a: [Float], _ b: [Float], within tolerance: Float = 5e-7) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($1)) }
}
