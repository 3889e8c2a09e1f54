import Engine
import Graph
import Testing

/// Every gradient rule against central finite differences of the unrounded reference.
///
/// With a step of 1e-5 in `Double` the difference is off by about 1e-10 (the third derivative) plus
/// 1e-11 (rounding), so that 1e-6 of the largest gradient only passes what is right.
@Suite struct GradientTests {
  @Test(arguments: OpCase.elementwise) func elementwise(_ sample: OpCase) throws {
    try expectGradients(of: sample)
  }
  @Test(arguments: OpCase.shared) func valuesUsedTwice(_ sample: OpCase) throws {
    try expectGradients(of: sample)
  }
  @Test(arguments: OpCase.matrix) func matrix(_ sample: OpCase) throws {
    try expectGradients(of: sample)
  }
  @Test(arguments: OpCase.convolutions) func convolution(_ sample: OpCase) throws {
    try expectGradients(of: sample)
  }
  @Test(arguments: OpCase.pools) func pooling(_ sample: OpCase) throws {
    try expectGradients(of: sample)
  }
  @Test(arguments: OpCase.reductions) func reduction(_ sample: OpCase) throws {
    try expectGradients(of: sample)
  }
  @Test(arguments: OpCase.normalisations.filter(\.isDifferentiable))
  func normalisation(_ sample: OpCase) throws {
    try expectGradients(of: sample)
  }
  @Test(arguments: OpCase.losses.filter(\.isDifferentiable))
  func loss(_ sample: OpCase) throws {
    try expectGradients(of: sample)
  }
  @Test(arguments: OpCase.dropouts) func dropout(_ sample: OpCase) throws {
    try expectGradients(of: sample)
  }
  @Test(arguments: OpCase.blockedNorms) func normBetweenConvolutions(_ sample: OpCase) throws {
    try expectGradients(of: sample)
  }
  @Test(arguments: OpCase.parts) func parts(_ sample: OpCase) throws {
    try expectGradients(of: sample)
  }
  @Test(arguments: OpCase.groupNorms) func groupNorm(_ sample: OpCase) throws {
    try expectGradients(of: sample)
  }
  @Test(arguments: OpCase.recurrences) func recurrence(_ sample: OpCase) throws {
    try expectGradients(of: sample)
  }
  @Test(arguments: OpCase.attentions) func attention(_ sample: OpCase) throws {
    try expectGradients(of: sample)
  }
  @Test(arguments: OpCase.transposedConvolutions) func transposed(_ sample: OpCase) throws {
    try expectGradients(of: sample)
  }
  @Test(arguments: OpCase.layouts) func betweenConvolutions(_ sample: OpCase) throws {
    try expectGradients(of: sample)
  }
  @Test(arguments: OpCase.fusions) func neighbours(_ sample: OpCase) throws {
    try expectGradients(of: sample)
  }
  @Test(arguments: OpCase.networks) func network(_ sample: OpCase) throws {
    try expectGradients(of: sample)
  }

  private func expectGradients(of sample: OpCase) throws {
    let built = try sample.built()
    var point = Point(built)
    let gradients = try point.values(of: built.gradients.map(\.tensor), in: built.graph)
    try #require(!gradients.isEmpty)
    for (target, gradient) in zip(built.gradients, gradients) {
      let leaf = target.leaf
      var differences: [Double] = []
      for element in 0..<leaf.shape.count {
        let step = 1e-5
        let above = try point.loss(of: built, moving: leaf, element, by: step)
        let below = try point.loss(of: built, moving: leaf, element, by: -step)
        differences.append((above - below) / (2 * step))
      }
      let scale = max(0.1, gradient.map(abs).max() ?? 0)
      let worst = zip(gradient, differences).map { abs($0 - $1) }.max() ?? 0
      #expect(gradient.count == leaf.shape.count)
      #expect(
        worst <= 1e-6 * scale, "gradient of \(leaf.name): \(gradient), differences: \(differences)")
    }
  }
}

/// Where the functions are evaluated, in `Double`.
private struct Point {
  private var reals: [String: [Double]] = [:]
  private var integers: [String: [Int32]] = [:]
  private var parameters: [String: [Double]]

  init(_ built: BuiltCase) {
    parameters = built.parameters.mapValues { $0.map(Double.init) }
    for (name, input) in built.inputs {
      switch input {
      case .float32(let values): reals[name] = values.map(Double.init)
      case .int32(let values): integers[name] = values
      }
    }
  }

  func values(of tensors: [Tensor], in graph: TensorGraph) throws -> [[Double]] {
    try ReferenceBackend(precision: .double).runUnrounded(
      graph, reals: reals, integers: integers, parameters: parameters, fetching: tensors)
  }

  /// The loss with one element of `leaf` moved, after which it is put back.
  mutating func loss(
    of built: BuiltCase, moving leaf: Leaf, _ element: Int, by step: Double
  ) throws -> Double {
    let original = self
    defer { self = original }
    switch leaf.role {
    case .input: reals[leaf.name]?[element] += step
    case .parameter: parameters[leaf.name]?[element] += step
    }
    return try values(of: [built.loss], in: built.graph)[0][0]
  }
}
