/// Averaging without a server: every client has a model of its own, and after its training averages
/// it with those of its two neighbours on a ring (D-PSGD, Lian et al. 2017).
///
///     ─── client 3 ─── client 4 ─── client 5 ───       w4 <- (w3 + w4 + w5) / 3
///
/// The weights sum to one in rows and columns, so the mean of all models stays where it is and all
/// come nearer to it. Clients that drop out of a round are skipped: the ring closes over the rest.
public struct Gossip: Hashable, Sendable {
  /// Averagings with the neighbours after each training; 0: every client learns by itself alone.
  public var exchanges: Int

  /// One exchange a round unless said otherwise.
  public init(exchanges: Int = 1) { self.exchanges = exchanges }
}
