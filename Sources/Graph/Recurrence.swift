/// A recurrent layer in one direction: how a step follows from the one before.
///
/// The products of the input are computed before, for all steps at once: with W_i x + b_i given as
/// pre-activations, a step adds W_h h, h being the state after the step before.
public struct Recurrence: Hashable, Sendable {
  /// What a step computes, as PyTorch: gates in its order, G of them; a stands for W_i x + b_i + W_h h
  /// of the gate, s for the sigmoid.
  public enum Cell: String, Hashable, Sendable {
    /// h = tanh(a) (Elman 1990). G = 1.
    case tanh
    /// h = max(a, 0). G = 1.
    case relu
    /// i, f, o = s(a), g = tanh(a); c = f c + i g, h = o tanh(c) (Hochreiter and Schmidhuber 1997, Gers
    /// et al. 2000). G = 4: i, f, g, o.
    case lstm
    /// r, z = s(a + b_h), n = tanh(W_i x + b_i + r (W_h h + b_h)); h = (1 - z) n + z h (Cho et al. 2014,
    /// with the reset gate behind the product). G = 3: r, z, n.
    case gru

    /// G, the number of gates.
    public var gates: Int {
      switch self {
      case .tanh, .relu: 1
      case .lstm: 4
      case .gru: 3
      }
    }

    /// The name in errors and profiles.
    public var name: String { isGated ? rawValue : "rnn" }

    /// Whether there are gates to keep for the gradient.
    var isGated: Bool { gates > 1 }
  }

  /// What a step computes.
  public var cell: Cell
  /// Whether the last step is computed first.
  public var isReversed: Bool
  /// Whether there is a mask: where it is 0, state and output stay as they are.
  public var isMasked: Bool

  /// A recurrence; forward and without a mask unless said otherwise.
  public init(_ cell: Cell, isReversed: Bool = false, isMasked: Bool = false) {
    self.cell = cell
    self.isReversed = isReversed
    self.isMasked = isMasked
  }

  /// Operands: gates, weights, state; cell state or bias; mask.
  var arity: Int { 3 + (cell.isGated ? 1 : 0) + (isMasked ? 1 : 0) }

  /// Operands of the gradient: dy, weights, state; cell state; results; mask.
  var gradientArity: Int {
    3 + (cell == .lstm ? 1 : 0) + (cell.isGated ? 3 : 1) + (isMasked ? 1 : 0)
  }
}

extension Tensor {
  /// Runs a recurrent layer over these pre-activations T x N x G·H and gives its states T x N x H.
  ///
  /// - Parameters:
  ///   - weights: W_h, G·H x H.
  ///   - state: The first state, N x H.
  ///   - cell: The first cell state of an LSTM, N x H.
  ///   - bias: b_h of a GRU, G·H; those of the others belong to the pre-activations.
  ///   - mask: T x N, 0 for the steps that do not count.
  /// - Throws: `GraphError` if an operand is missing, too many, or misshapen.
  public func recurrent(
    _ recurrence: Recurrence, weights: Tensor, state: Tensor, cell: Tensor? = nil,
    bias: Tensor? = nil, mask: Tensor? = nil
  ) throws(GraphError) -> Tensor {
    let name = recurrence.cell.name
    guard (cell != nil) == (recurrence.cell == .lstm), (bias != nil) == (recurrence.cell == .gru)
    else {
      throw GraphError(
        name, "a cell state belongs to an LSTM, a bias to a GRU", scope: graph.scope)
    }
    guard (mask != nil) == recurrence.isMasked else {
      throw GraphError(name, "needs a mask if it is masked, and only then", scope: graph.scope)
    }
    let more = [cell, bias, mask].compactMap { $0 }
    return try graph.append(.recurrence(recurrence), [self, weights, state] + more)[0]
  }
}
