/// What happened in a round; the same on all ranks.
public struct RoundReport: Sendable {
  /// The round, from 1.
  public var round = 0
  /// Clients that were asked.
  public var cohort: [Int] = []
  /// Clients that never answered.
  public var dropped: [Int] = []
  /// Clients that were too late.
  public var late: [Int] = []
  /// Clients whose updates were not used, with the reason.
  public var rejected: [(client: Int, reason: String)] = []
  /// Clients whose updates were added up.
  public var participants = 0
  /// Samples that were trained on, epochs counted.
  public var samples = 0
  /// Their mean loss, as it was when each was trained on.
  public var loss = 0.0
  /// Their share of correct predictions; nil if labels are not classes.
  public var accuracy: Double?
  /// Elements of updates that were cut to fit the integers.
  public var cutElements = 0
  /// The norm of the mean update.
  public var updateNorm = 0.0
  /// Bytes that clients sent to the server.
  public var bytesUp = 0
  /// Bytes that the server sent to clients.
  public var bytesDown = 0
  /// When the round ended, in virtual units of a sample; 0 if all are equally fast.
  public var virtualTime = 0.0
  /// Why the round has changed nothing; nil if it has.
  public var aborted: String?
  /// The norm to which updates were cut; nil if they were not.
  public var clip: Double?
}
