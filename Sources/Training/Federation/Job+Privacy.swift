public import Federated

extension Job {
  /// What is kept secret, and how that is counted: the key `privacy`.
  public struct Privacy: Hashable, Sendable {
    /// Privacy of whole clients.
    public var clients: ClientPrivacy?
    /// Privacy of single samples: DP-SGD inside the clients.
    public var samples: PrivateSteps?
    /// How epsilon is computed.
    public var accountant = AccountantKind.rdp
    /// The probability that epsilon does not hold.
    public var delta = 1e-5
    /// The epsilon at which the training ends; nil: it does not.
    public var budget: Double?
    /// How single updates are hidden from the server; nil: not at all.
    public var secureAggregation: SecureSettings?

    /// No privacy.
    public init() {}

    /// How epsilon is counted.
    public var accounting: PrivacyBudget {
      PrivacyBudget(accountant: accountant, delta: delta, limit: budget)
    }
  }
}
