import Engine
import Graph
import Testing

/// Every op and its gradient: the engine against the reference.
@Suite struct EngineAgreementTests {
  @Test(arguments: OpCase.elementwise + OpCase.largeElementwise)
  func elementwise(_ sample: OpCase) throws { try expectAgreement(on: sample) }

  @Test(arguments: OpCase.shared)
  func valuesUsedTwice(_ sample: OpCase) throws { try expectAgreement(on: sample) }

  @Test(arguments: OpCase.matrix + OpCase.largeMatrix)
  func matrix(_ sample: OpCase) throws { try expectAgreement(on: sample) }

  @Test(arguments: OpCase.convolutions + OpCase.largeConvolutions)
  func convolution(_ sample: OpCase) throws { try expectAgreement(on: sample) }

  @Test(arguments: OpCase.pools + OpCase.largePools)
  func pooling(_ sample: OpCase) throws { try expectAgreement(on: sample) }

  @Test(arguments: OpCase.reductions + OpCase.largeReductions)
  func reduction(_ sample: OpCase) throws { try expectAgreement(on: sample) }

  @Test(arguments: OpCase.normalisations + OpCase.largeNormalisations)
  func normalisation(_ sample: OpCase) throws { try expectAgreement(on: sample) }

  @Test(arguments: OpCase.losses + OpCase.largeLosses)
  func loss(_ sample: OpCase) throws { try expectAgreement(on: sample) }

  @Test(arguments: OpCase.dropouts + OpCase.largeDropouts)
  func dropout(_ sample: OpCase) throws { try expectAgreement(on: sample) }

  @Test(arguments: OpCase.blockedNorms + OpCase.largeBlockedNorms)
  func normBetweenConvolutions(_ sample: OpCase) throws { try expectAgreement(on: sample) }

  @Test func normsInTiles() throws {
    try expectAgreement(on: OpCase.tiledNorm)
    let built = try OpCase.tiledNorm.built()
    let kernels = try Plan(built.graph, fetching: built.results).stepNames.map(\.kernel)
    // Tiles are of images with sixteen channels side by side, oneDNN's choice for AVX-512.
    guard kernels.contains(where: { $0.contains("avx512") }) else { return }
    #expect(kernels.filter { $0 == "batch norm sums" }.count == 16)
    #expect(kernels.filter { $0.hasPrefix("batch norm + ") }.count == 16)
  }

  @Test(arguments: OpCase.parts + OpCase.largeParts)
  func parts(_ sample: OpCase) throws { try expectAgreement(on: sample) }

  @Test(arguments: OpCase.groupNorms + OpCase.largeGroupNorms)
  func groupNorm(_ sample: OpCase) throws { try expectAgreement(on: sample) }

  @Test(arguments: OpCase.recurrences + OpCase.largeRecurrences)
  func recurrence(_ sample: OpCase) throws { try expectAgreement(on: sample) }

  @Test(arguments: OpCase.attentions + OpCase.largeAttentions)
  func attention(_ sample: OpCase) throws { try expectAgreement(on: sample) }

  @Test(arguments: OpCase.transposedConvolutions + OpCase.largeTransposedConvolutions)
  func transposedConvolution(_ sample: OpCase) throws { try expectAgreement(on: sample) }

  @Test(arguments: OpCase.layouts + OpCase.largeLayouts)
  func betweenConvolutions(_ sample: OpCase) throws { try expectAgreement(on: sample) }

  /// Convolutions of a plan with gradients go by Winograd's algorithm, which loses a digit; those of
  /// predictions do not.
  @Test(arguments: OpCase.winograd)
  func winograd(_ sample: OpCase) throws {
    let plan = try expectAgreement(on: sample, isTraining: true, within: 1e-4)
    #expect(plan.stepNames.filter { $0.kernel == "winograd" }.count >= 3)
    let built = try sample.built()
    let predicting = try Plan(built.graph, fetching: built.results)
    #expect(!predicting.stepNames.contains { $0.kernel == "winograd" })
  }

  @discardableResult
  private func expectAgreement(
    on sample: OpCase, isTraining: Bool = false, within tolerance: Float? = nil
  ) throws -> Plan {
    let built = try sample.built()
    let tensors = built.results + built.gradients.map(\.tensor)
    let trained = built.gradients.filter { $0.leaf.role == .parameter }.map(\.tensor)
    let run = try EngineRun(
      built, fetching: tensors, results: isTraining ? trained + [built.loss] : [])
    try run.executor.run()
    let wanted = try run.reference(of: tensors)
    for (index, tensor) in built.results.enumerated() {
      expectClose(
        try run.values(of: tensor), wanted[index], within: tolerance ?? Tolerance.value,
        "result \(index)")
    }
    for (gradient, wanted) in zip(built.gradients, wanted.dropFirst(built.results.count)) {
      expectClose(
        try run.values(of: gradient.tensor), wanted, within: tolerance ?? Tolerance.gradient,
        "gradient of \(gradient.leaf.name)")
    }
    return run.executor.plan
  }
}
