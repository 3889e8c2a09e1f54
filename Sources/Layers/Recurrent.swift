public import Graph

/// A recurrent network over N x steps x features: vanilla, LSTM or GRU, in layers and in one or both
/// directions.
///
/// Formulas, gate order, parameters and their start are PyTorch's, so that its state dictionaries fit:
/// for layer 0 `weight_ih_l0` G·units x features, `weight_hh_l0` G·units x units, `bias_ih_l0` and
/// `bias_hh_l0` G·units; then layer 1; those of the backward direction end in `_reverse`.
///
/// Steps that an ``Embedding`` with a padding token or a ``Masking`` leaves out do not change state and
/// output (as PyTorch's packed sequences, whose outputs there are zeros instead).
public struct Recurrent: Layer {
  /// The kind of cell.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    case rnn, lstm, gru
  }

  /// The function of a vanilla cell.
  public enum Function: String, Hashable, Sendable, CaseIterable {
    case tanh, relu
  }

  /// What is passed on.
  public enum Output: String, Hashable, Sendable, CaseIterable {
    /// The state after the last step, in either direction: N x units.
    case last
    /// The states after all steps: N x steps x units.
    case sequence
  }

  /// Where the first step starts from.
  public enum Start: String, Hashable, Sendable, CaseIterable {
    case zeros
    /// Parameters `h0_l0` (and `c0_l0`) of `units`, alike for all samples; they start as zeros.
    case learned
  }

  /// The kind of cell.
  public var kind: Kind
  /// The width of a state.
  public var units: Int
  /// Layers on top of each other.
  public var layers = 1
  /// The function of a vanilla cell; the others have their own.
  public var activation: Function = .tanh
  /// Whether a second set of weights goes from the last step to the first; outputs are side by side.
  public var isBidirectional = false
  /// The probability of a zero between layers, while training.
  public var dropout: Float = 0
  /// What is passed on.
  public var output: Output = .last
  /// Where the first step starts from.
  public var start: Start = .zeros
  /// Whether there are biases.
  public var useBias = true

  /// One layer in one direction, which passes its last state on.
  public init(_ kind: Kind, units: Int) {
    self.kind = kind
    self.units = units
  }

  /// The name in job files.
  public var name: String { kind.rawValue }

  /// N x steps x features -> N x units or N x steps x units, twice as wide in both directions.
  public func callAsFunction(
    _ x: Tensor, _ context: inout BuildContext
  ) throws(GraphError) -> Tensor {
    try expectPositive("units", units, in: x.graph)
    try expectPositive("layers", layers, in: x.graph)
    guard x.shape.rank == 3 else {
      throw error("needs an input N x steps x features, is \(x.shape)", in: x.graph)
    }
    // Steps outermost from here on: a step is then one block of memory.
    let mask = try context.mask(for: x)?.transposed([1, 0])
    var x = try x.transposed(Self.exchange)
    for layer in 0..<layers {
      if layer > 0, dropout > 0, x.graph.mode == .training {
        let (keys, salt) = context.nextDropout()
        // Masks belong to samples.
        x = try x.transposed(Self.exchange).dropout(rate: dropout, keys: keys, salt: salt)
          .transposed(Self.exchange)
      }
      var directions: [Tensor] = []
      for isReversed in isBidirectional ? [false, true] : [false] {
        let states = try direction(x, layer, isReversed: isReversed, mask)
        let isLast = output == .last && layer == layers - 1
        directions.append(isLast ? try Self.lastState(states, isReversed: isReversed) : states)
      }
      x = try .concatenated(directions, axis: directions[0].shape.rank - 1)
    }
    return output == .last ? x : try x.transposed(Self.exchange)
  }

  /// Exchanges samples and steps.
  private static let exchange = [1, 0, 2]

  private static func lastState(
    _ states: Tensor, isReversed: Bool
  ) throws(GraphError) -> Tensor {
    let last = isReversed ? 0 : states.shape[0] - 1
    return try states.sliced(axis: 0, last..<last + 1)
      .reshaped(to: [states.shape[1], states.shape[2]])
  }

  /// All states of one layer in one direction: steps x N x features -> steps x N x units.
  private func direction(
    _ x: Tensor, _ layer: Int, isReversed: Bool, _ mask: Tensor?
  ) throws(GraphError) -> Tensor {
    let (steps, samples, features) = (x.shape[0], x.shape[1], x.shape[2])
    let recurrence = Recurrence(cell, isReversed: isReversed, isMasked: mask != nil)
    let width = cell.gates * units
    let suffix = "_l\(layer)" + (isReversed ? "_reverse" : "")
    func parameter(_ name: String, _ shape: Shape) throws(GraphError) -> Tensor {
      try x.graph.parameter(name + suffix, shape, .fanUniform(fan: units))
    }
    func state(_ name: String) throws(GraphError) -> Tensor {
      guard start == .learned else { return x.graph.constant(0, [samples, units]) }
      return try x.graph.parameter(name + suffix, [units], .zeros)
        .broadcast(to: [samples, units])
    }
    let weight = try parameter("weight_ih", [width, features])
    let inner = try parameter("weight_hh", [width, units])
    var biases: [Tensor] = []
    if useBias {
      biases = [try parameter("bias_ih", [width]), try parameter("bias_hh", [width])]
    }
    // Only a GRU keeps them apart: its second one is inside the product with the reset gate.
    if cell != .gru, useBias { biases = [try biases[0] + biases[1]] }
    let rows = try x.reshaped(to: [steps * samples, features])
    var gates = try rows.matmul(weight, transposeB: true)
    if useBias { gates = try gates.addingBias(biases[0], axis: 1) }
    return try gates.reshaped(to: [steps, samples, width]).recurrent(
      recurrence, weights: inner, state: try state("h0"),
      cell: cell == .lstm ? try state("c0") : nil,
      bias: cell == .gru ? biases.last ?? x.graph.constant(0, [width]) : nil,
      mask: mask)
  }

  private var cell: Recurrence.Cell {
    switch kind {
    case .rnn: activation == .tanh ? .tanh : .relu
    case .lstm: .lstm
    case .gru: .gru
    }
  }
}
