import Optimizers
import Testing

/// Clipping, groups and the average of weights, with numbers from PyTorch 2.15.
@Suite struct ParameterUpdateTests {
  /// The parameters of the comparison: a matrix of three elements and a vector of two, each followed
  /// by padding of zeros.
  private static let places = [
    ParameterPlace(path: "dense.weight", axisCount: 2, range: 0..<4),
    ParameterPlace(path: "dense.bias", axisCount: 1, range: 8..<16),
  ]

  private static func padded(_ x: [Float]) -> [Float] {
    Array(x[..<3]) + [0, 0, 0, 0, 0] + Array(x[3...]) + [0, 0, 0, 0, 0, 0]
  }

  /// Parameters, slots and norms after five steps.
  private func fiveSteps(
    _ policy: UpdatePolicy, rate: Double
  ) -> (parameters: [Float], slots: [[Float]], norms: [Double]) {
    let update = ParameterUpdate(policy, places: Self.places, count: 16)
    var parameters = Self.padded(Training.start)
    var storage = [Float](repeating: 0, count: 16 * policy.slotNames.count)
    var norms: [Double] = []
    for step in 1...5 {
      var gradients = Self.padded(Training.gradients(step: step))
      parameters.withUnsafeMutableBufferPointer { p in
        gradients.withUnsafeMutableBufferPointer { g in
          storage.withUnsafeMutableBufferPointer { all in
            var slots = Slots()
            for index in policy.slotNames.indices {
              slots.append(
                UnsafeMutableBufferPointer(rebasing: all[index * 16..<(index + 1) * 16]))
            }
            let norm = update.apply(
              parameters: p, gradients: g, slots: slots, step: step, learningRate: rate)
            if let norm { norms.append(norm) }
          }
        }
      }
    }
    let slots = policy.slotNames.indices.map { Array(storage[$0 * 16..<($0 + 1) * 16]) }
    return (parameters, slots, norms)
  }

  @Test func clippingByValueThenByNorm() {
    let result = fiveSteps(UpdatePolicy(SGD(), clipValue: 0.5, clipNorm: 0.75), rate: 0.1)
    #expect(
      agree(
        result.parameters,
        Self.padded([0.481906831, -1.32767951, 2, -0.0223204494, 0.0210931785])))
    #expect(
      agree(
        result.norms.map(Float.init), [0.77055174, 0.77055174, 0.88388348, 0.77055174, 0.77055174]))
  }

  @Test func averageOfWeights() {
    let policy = UpdatePolicy(SGD(), clipValue: 0.5, clipNorm: 0.75, averaging: 0.9)
    let result = fiveSteps(policy, rate: 0.1)
    #expect(policy.slotNames == ["average"])
    #expect(
      agree(
        result.slots[0],
        Self.padded([0.473875761, -1.30347371, 2.02535987, -0.0847084969, -0.0200081225])))
  }

  @Test func groupsHaveTheirOwnRateAndDecay() {
    let policy = UpdatePolicy(
      AdamW(weightDecay: 0.1),
      groups: [ParameterGroup(parameters: "*.bias", rateFactor: 0.5, weightDecay: 0)])
    #expect(
      agree(
        fiveSteps(policy, rate: 0.01).parameters,
        Self.padded([0.475899011, -1.27247572, 1.99896348, -0.0925771147, -0.000350679504])))
  }

  @Test func vectorsMayBeSparedFromDecay() {
    let spared = fiveSteps(UpdatePolicy(AdamW(weightDecay: 0.1), decaysVectors: false), rate: 0.01)
    let grouped = fiveSteps(
      UpdatePolicy(
        AdamW(weightDecay: 0.1),
        groups: [ParameterGroup(parameters: "dense.bias", weightDecay: 0)]), rate: 0.01)
    #expect(spared.parameters == grouped.parameters)
  }

  @Test func aFactorOfZeroFreezes() {
    let policy = UpdatePolicy(
      Adam(), groups: [ParameterGroup(parameters: "dense.*", rateFactor: 0)])
    #expect(fiveSteps(policy, rate: 0.01).parameters == Self.padded(Training.start))
  }

  @Test(arguments: [LARS(weightDecay: 0.05) as any Optimizer, LAMB()])
  func layerwiseRulesSeeEachParameterAlone(rule: any Optimizer) {
    let together = fiveSteps(UpdatePolicy(rule), rate: 0.1).parameters
    var alone: [Float] = []
    for part in [0..<3, 3..<5] {
      var training = Training(Array(Training.start[part]), rule)
      for t in 1...5 {
        training.step(rule, Array(Training.gradients(step: t)[part]), step: t, rate: 0.1)
      }
      alone += training.parameters
    }
    #expect(together == Self.padded(alone))
  }

  @Test func plainDescentIsWhatNeedsTheGradientAlone() {
    let plain = UpdatePolicy(SGD(weightDecay: 0.1))
    #expect(plain.plainDescent == SGD(weightDecay: 0.1))
    #expect(UpdatePolicy(SGD(momentum: 0.9)).plainDescent == nil)
    #expect(UpdatePolicy(Adam()).plainDescent == nil)
    for change in [
      { $0.clipNorm = 1 }, { $0.clipValue = 1 }, { $0.averaging = 0.9 },
      { $0.groups = [ParameterGroup(parameters: "*", rateFactor: 2)] },
    ] as [(inout UpdatePolicy) -> Void] {
      var policy = plain
      change(&policy)
      #expect(policy.plainDescent == nil)
    }
  }

  @Test func groupsWithoutParametersAreFound() {
    let policy = UpdatePolicy(
      SGD(),
      groups: [ParameterGroup(parameters: "*.bias"), ParameterGroup(parameters: "*.biases")])
    #expect(
      policy.idleGroups(among: ["dense.weight", "dense.bias"]).map(\.parameters) == ["*.biases"])
  }
}
