import Engine
import Glibc
import Graph
import Layers
import Testing

@Suite struct RecurrentTests {
  private func layer(
    _ kind: Recurrent.Kind, units: Int = 4, _ change: (inout Recurrent) -> Void = { _ in }
  ) -> Recurrent {
    var layer = Recurrent(kind, units: units)
    change(&layer)
    return layer
  }

  @Test func parametersAreThoseOfAPyTorchStateDictionary() throws {
    let built = try Built(
      [layer(.lstm) { ($0.layers, $0.isBidirectional) = (2, true) }], on: [5, 3])
    #expect(
      built.paths
        == ["l0", "l0_reverse", "l1", "l1_reverse"].flatMap { part in
          ["weight_ih", "weight_hh", "bias_ih", "bias_hh"].map { "layers.0.\($0)_\(part)" }
        })
    #expect(built.shapes.prefix(4) == [[16, 3], [16, 4], [16], [16]])
    #expect(built.shapes[8] == [16, 8])
    #expect(built.graph.parameters.allSatisfy { $0.initializer == .fanUniform(fan: 4) })
  }

  @Test(arguments: Recurrent.Kind.allCases) func givesTheLastStateOrAll(kind: Recurrent.Kind) throws
  {
    #expect(try Built([layer(kind)], on: [5, 3]).output.shape == [2, 4])
    let all = layer(kind) { ($0.output, $0.isBidirectional) = (.sequence, true) }
    #expect(try Built([all], on: [5, 3]).output.shape == [2, 5, 8])
  }

  @Test func learnedStartsAreParameters() throws {
    let built = try Built([layer(.lstm) { $0.start = .learned }], on: [5, 3])
    #expect(built.paths.suffix(2) == ["layers.0.h0_l0", "layers.0.c0_l0"])
    #expect(built.shapes.suffix(2) == [[4], [4]])
  }

  @Test func dropoutIsBetweenLayersAlone() throws {
    func count(_ layers: Int, _ mode: TensorGraph.Mode) throws -> Int {
      let one = layer(.gru) { ($0.layers, $0.dropout) = (layers, 0.5) }
      return try Built([one], on: [5, 3], mode: mode).ops.filter {
        if case .dropout = $0 { true } else { false }
      }.count
    }
    #expect(try count(1, .training) == 0)
    #expect(try count(3, .training) == 2)
    #expect(try count(3, .inference) == 0)
  }

  /// Two steps of which the second is filled up, and the first alone.
  @Test(arguments: Recurrent.Kind.allCases)
  func maskedStepsLeaveTheStateAlone(kind: Recurrent.Kind) throws {
    func last(_ features: [Float], steps: Int) throws -> [Float] {
      let graph = TensorGraph()
      var context = BuildContext(graph: graph, batchSize: 1)
      let x = graph.input("x", TensorType([1, steps, 2]))
      let layers: Sequential = [Masking(value: 7), layer(kind)]
      let y = try layers(x, &context)
      let executor = try Executor(try Plan(graph, fetching: [y]))
      for parameter in graph.parameters {
        try executor.setParameter(
          parameter.path, (0..<parameter.shape.count).map { 0.1 * Float($0 % 7) - 0.3 })
      }
      try executor.setInput("x", features)
      try executor.run()
      return Array(try #require(executor.value(of: y)))
    }
    let alone = try last([1, 7], steps: 1)
    #expect(try last([1, 7, 7, 7], steps: 2) == alone)
    #expect(try last([1, 7, 7, 6], steps: 2) != alone)
  }

  @Test func refusesWhatIsNoSequence() throws {
    let error = try #require(buildError([layer(.rnn)], on: [3]))
    #expect(error.reason.contains("N x steps x features"))
    #expect(error.scope == "layers.0")
  }
}

/// States and gradients by the engine, against those of PyTorch 2.15 in double precision.
///
/// Tokens pass an embedding and the layers. Element i of parameter number p is sin(0.7 i + p) / 2, the
/// gradient of the output 0.25 instead of p, and of each parameter's gradient the product with the
/// values for 0.5 is compared.
@Suite struct RecurrentValueTests {
  struct Sample: Sendable, CustomTestStringConvertible {
    let name: String
    let layer: Recurrent
    let isMasked: Bool
    let last: [Float]
    let gradients: [Float]
    var testDescription: String { name }

    init(
      _ name: String, _ kind: Recurrent.Kind, isMasked: Bool = false, last: [Float],
      gradients: [Float], _ change: (inout Recurrent) -> Void = { _ in }
    ) {
      var layer = Recurrent(kind, units: 4)
      change(&layer)
      (self.name, self.layer, self.isMasked) = (name, layer, isMasked)
      (self.last, self.gradients) = (last, gradients)
    }
  }

  private static func values(_ count: Int, _ shift: Float) -> [Float] {
    (0..<count).map { Float(0.5 * sin(0.7 * Double($0) + Double(shift))) }
  }

  @Test(arguments: samples) func agreesWithPyTorch(_ sample: Sample) throws {
    let graph = TensorGraph()
    let tokens = graph.input("tokens", TensorType([2, 5], .int32))
    var context = BuildContext(graph: graph, batchSize: 2)
    let layers: Sequential = [
      Embedding(tokens: 5, units: 3, padding: sample.isMasked ? 0 : nil), sample.layer,
    ]
    let last = try layers(tokens, &context)
    let slope = graph.input("slope", last.type)
    let parameters = graph.parameters.map { graph.tensor($0.value) }
    let gradients = try graph.gradients(of: (last * slope).sum(), withRespectTo: parameters)
    let executor = try Executor(try Plan(graph, fetching: [last] + gradients))
    try executor.setInput("tokens", [1, 2, 3, 4, 1, 2, 4, 3, 0, 0] as [Int32])
    try executor.setInput("slope", Self.values(last.shape.count, 0.25))
    for (index, parameter) in graph.parameters.enumerated() {
      try executor.setParameter(
        parameter.path, Self.values(parameter.shape.count, Float(index)))
    }
    try executor.run()
    let found = Array(try #require(executor.value(of: last)))
    #expect(found.count == sample.last.count)
    for (a, b) in zip(found, sample.last) { #expect(abs(a - b) <= 1e-6, "\(found)") }
    #expect(gradients.count == sample.gradients.count)
    for (index, wanted) in sample.gradients.enumerated() {
      let gradient = Array(try #require(executor.value(of: gradients[index])))
      let product = zip(gradient, Self.values(gradient.count, 0.5)).reduce(0) { $0 + $1.0 * $1.1 }
      // The products are sums of terms that cancel.
      let size = max(0.1, gradient.map(abs).reduce(0, +))
      #expect(
        abs(product - wanted) <= 1e-5 * size, "\(graph.parameters[index].path): \(product)")
    }
  }

  static let samples: [Sample] = [
    Sample(
      "RNN of 2 layers", .rnn,
      last: [
        0.84315631, 0.46970574, 0.55537332, -0.18622974, 0.86637162, 0.39910432, 0.60684962,
        -0.24297311,
      ],
      gradients: [
        -0.0022560328, 0.000630393, 0.027239581, -0.020768241, -0.020768241, -0.0060807004,
        -0.00026834147, 0.044166455, 0.044166455,
      ]
    ) { $0.layers = 2 },
    Sample(
      "rectified RNN in both directions, padded", .rnn, isMasked: true,
      last: [
        0, 0, 0, 0, 0.95337429, 0.89801861, 0.32246521, 0.07480793, 0.025441296, 0, 0, 0,
        1.4512587, 0.29927927, 0.3396511, 0.74502374,
      ],
      gradients: [
        -0.15976324, -0.081617965, 0, -0.050311398, -0.050311398, -0.010018467, 0.17230975,
        -0.57904453, -0.57904453,
      ]
    ) { ($0.activation, $0.isBidirectional) = (.relu, true) },
    Sample(
      "LSTM of 2 layers in both directions", .lstm,
      last: [
        -0.29299526, -0.11253356, -0.14200018, 0.10532043, 0.075591721, -0.050081337, -0.26169844,
        -0.46522951, -0.29700966, -0.10235557, -0.11300695, 0.11393135, 0.072960819, -0.047413364,
        -0.25749774, -0.45104461,
      ],
      gradients: [
        -0.0027887952, -0.004983909, 0.023808909, -0.10568391, -0.10568391, 0.00019132837,
        0.019116238, 0.037142962, 0.037142962, -0.4127647, -0.01405641, 0.42798017, 0.42798017,
        0.15662522, -0.00029293323, -0.22672494, -0.22672494,
      ]
    ) { ($0.layers, $0.isBidirectional) = (2, true) },
    Sample(
      "LSTM in both directions, padded", .lstm, isMasked: true,
      last: [
        -0.074947885, -0.0045420526, -0.29123412, -0.50579764, 0.13843844, 0.21015705, 0.17137084,
        0.10011025, 0.033127233, -0.036471259, -0.28205494, -0.39755407, 0.21395354, 0.12512303,
        0.12843882, 0.14010965,
      ],
      gradients: [
        0.010703761, -0.0064346007, -0.022061084, 0.23364778, 0.23364778, 0.026757264,
        -0.024880599, -0.084741162, -0.084741162,
      ]
    ) { $0.isBidirectional = true },
    Sample(
      "GRU of 2 layers", .gru,
      last: [
        0.16191228, 0.63885636, 0.54242667, 0.40446544, 0.22713014, 0.60649919, 0.59348594,
        0.37015792,
      ],
      gradients: [
        -0.00026455987, -0.0034228388, 0.00065723886, -0.0067372901, -0.0044759822, 0.051739578,
        -0.1165329, -0.087764035, -0.045929446,
      ]
    ) { $0.layers = 2 },
    Sample(
      "GRU of 2 layers in both directions, padded", .gru, isMasked: true,
      last: [
        0.15348125, 0.019460961, -0.11862363, -0.11480216, 0.043354261, -0.30948875, -0.50885586,
        -0.56933041, -0.0041809276, -0.040918032, -0.20669544, -0.059245594, 0.078866561,
        -0.20860921, -0.35583086, -0.4057411,
      ],
      gradients: [
        -0.033477819, -0.065226407, 0.010727063, -0.16700232, -0.023255437, -0.060484033,
        0.11620279, 0.24044014, 0.11375545, -1.022455, -0.013692709, 0.83317449, 0.41503683,
        0.24800404, 0.061773191, -0.21506176, 0.055326237,
      ]
    ) { ($0.layers, $0.isBidirectional) = (2, true) },
    Sample(
      "GRU without biases", .gru,
      last: [
        -0.1692022, 0.19398982, 0.0068234152, -0.15618202, 0.0043302681, 0.28368652, -0.26150213,
        0.058703262,
      ],
      gradients: [0.020401743, 0.017274616, 0.0063658597]
    ) { $0.useBias = false },
  ]
}
