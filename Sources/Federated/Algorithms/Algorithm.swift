/// What clients and server do beside plain local training: the differences between FedAvg and its
/// relatives.
///
///     global ─► client: gradient + pull * (w - global) + linear ─► update ─► conclude ─► sum
///        ▲                                                                                │
///        └──────── server optimizer ◄── combine ◄── means ◄───────────────────────────────┘
///
/// All arrays are flat and as long as the trained parameters; the update is followed by buffers.
public protocol Algorithm: Hashable, Sendable {
  /// The name in job files.
  var name: String { get }

  /// The strength of the pull towards the global parameters.
  var pull: Double { get }

  /// Whether the server and every client keep an array from round to round (zero at first), which
  /// gives gradients a linear term.
  var keepsControl: Bool { get }

  /// Whether clients send a second vector, the change of their control.
  var sendsControl: Bool { get }

  /// Whether an update counts by its client's samples, unless the job says otherwise; else all alike.
  var weighsBySamples: Bool { get }

  /// Writes the linear term of a client's gradients. For algorithms that keep a control.
  func linearTerm(own: UnsafePointer<Float>, shared: UnsafePointer<Float>, at index: Int) -> Float

  /// Looks at a client's update before it is sent; may change it and the client's control, fills the
  /// second vector, and returns a number whose weighted mean the server gets. Local.
  func conclude(_ work: ClientWork) -> Double

  /// Makes of the means of a round what the server's optimizer takes for the step, in place. Local,
  /// the same on all ranks.
  func combine(_ work: ServerWork)
}

extension Algorithm {
  /// None.
  public var pull: Double { 0 }
  /// False.
  public var keepsControl: Bool { false }
  /// False.
  public var sendsControl: Bool { false }
  /// True.
  public var weighsBySamples: Bool { true }
  /// 0.
  public func linearTerm(
    own: UnsafePointer<Float>, shared: UnsafePointer<Float>, at index: Int
  ) -> Float { 0 }
  /// Changes nothing.
  public func conclude(_ work: ClientWork) -> Double { 0 }
  /// Changes nothing.
  public func combine(_ work: ServerWork) {}
  /// Whether `other` is the same algorithm with the same settings.
  public func isEqual(to other: any Algorithm) -> Bool { (other as? Self) == self }
}

/// A client's arrays at the end of its training.
public struct ClientWork {
  /// Parameters now, minus the global ones; trained parameters, then buffers.
  public let update: UnsafeMutablePointer<Float>
  /// Elements of ``update``.
  public let count: Int
  /// Elements of the trained parameters.
  public let trainedCount: Int
  /// The client's control; nil if the algorithm keeps none.
  public let own: UnsafeMutablePointer<Float>?
  /// The server's control.
  public let shared: UnsafePointer<Float>?
  /// Room for the second vector.
  public let second: UnsafeMutablePointer<Float>?
  /// Updates of the parameters that the client made.
  public let steps: Int
  /// The learning rate.
  public let rate: Double
  /// The momentum of the client's optimizer.
  public let momentum: Double

  /// See the properties.
  public init(
    update: UnsafeMutablePointer<Float>, count: Int, trainedCount: Int,
    own: UnsafeMutablePointer<Float>?, shared: UnsafePointer<Float>?,
    second: UnsafeMutablePointer<Float>?, steps: Int, rate: Double, momentum: Double
  ) {
    (self.update, self.count, self.trainedCount) = (update, count, trainedCount)
    (self.own, self.shared, self.second) = (own, shared, second)
    (self.steps, self.rate, self.momentum) = (steps, rate, momentum)
  }
}

/// The server's arrays at the end of a round.
public struct ServerWork {
  /// The weighted mean of the updates; trained parameters, then buffers.
  public let mean: UnsafeMutablePointer<Float>
  /// Elements of ``mean``.
  public let count: Int
  /// Elements of the trained parameters.
  public let trainedCount: Int
  /// The mean of the second vectors, likewise weighted.
  public let second: UnsafePointer<Float>?
  /// The server's control.
  public let shared: UnsafeMutablePointer<Float>?
  /// The weighted mean of what ``Algorithm/conclude(_:)`` returned.
  public let number: Double
  /// Clients whose updates were added.
  public let participants: Int
  /// All clients.
  public let clients: Int

  /// See the properties.
  public init(
    mean: UnsafeMutablePointer<Float>, count: Int, trainedCount: Int,
    second: UnsafePointer<Float>?, shared: UnsafeMutablePointer<Float>?, number: Double,
    participants: Int, clients: Int
  ) {
    (self.mean, self.count, self.trainedCount) = (mean, count, trainedCount)
    (self.second, self.shared, self.number) = (second, shared, number)
    (self.participants, self.clients) = (participants, clients)
  }
}
