/// What one rank's time of an epoch went into, and how fast its link is: what ranks tell each other
/// at the end of an epoch. Seconds.
package struct RankTimes: Equatable, Sendable {
  /// Computing, and moving sums on.
  package var compute = 0.0
  /// Waiting for samples and converting them.
  package var input = 0.0
  /// Waiting for the sums over ranks.
  package var wait = 0.0
  /// A short exchange with the better of the two neighbouring ranks; 0 if it was not tried.
  package var link = 0.0

  package init(compute: Double = 0, input: Double = 0, wait: Double = 0, link: Double = 0) {
    (self.compute, self.input, self.wait, self.link) = (compute, input, wait, link)
  }

  /// What others wait for.
  package var own: Double { compute + input }

  /// As a message.
  var numbers: [Double] { [compute, input, wait, link] }

  init(numbers: some RandomAccessCollection<Double>) {
    let numbers = Array(numbers)
    self.init(compute: numbers[0], input: numbers[1], wait: numbers[2], link: numbers[3])
  }
}

/// Which ranks hold the others up in an epoch, and why.
package struct Stragglers: Equatable {
  /// Why a rank is slow.
  package enum Reason: String {
    /// It computes longer: a slow or shared core, more samples.
    case compute
    /// It waits for samples longer: a slow disk.
    case input
    /// Its link is slow, and the ranks wait for messages.
    case network
  }

  /// A rank that holds others up.
  package struct Row: Equatable {
    package let rank: Int
    package let reason: Reason
    /// Seconds of the epoch beyond the median rank's.
    package let excess: Double
    package let times: RankTimes
  }

  /// The slowest first.
  package let rows: [Row]
  /// Seconds of the epoch's steps, on the mean rank.
  package let seconds: Double

  /// How many times as long as others' an exchange over a slow link takes.
  private static let slowLink = 2.0
  /// The share of an epoch from which a delay is more than noise.
  package static let noticeable = 0.02

  /// The `limit` slowest of all ranks' `times`.
  ///
  /// A rank whose own work takes longer than the median rank's is slow by what it is longer in. If
  /// nobody's does, but all wait for messages, those with a link far slower than the median's are.
  package init(_ times: [RankTimes], limit: Int = 3) {
    let count = Double(max(1, times.count))
    seconds = times.reduce(0) { $0 + $1.own + $1.wait } / count
    let (compute, input) = (Self.typical(times.map(\.compute)), Self.typical(times.map(\.input)))
    let link = Self.typical(times.map(\.link))
    // What even the slowest rank waits is not for other ranks, but for messages.
    let network = times.map(\.wait).min() ?? 0
    let isNetworkBound = network > Self.noticeable * seconds
    var rows: [Row] = []
    for (rank, own) in times.enumerated() {
      let (more, later) = (own.compute - compute, own.input - input)
      if more + later > Self.noticeable * seconds {
        rows.append(
          Row(
            rank: rank, reason: later > more ? .input : .compute, excess: more + later, times: own)
        )
      } else if isNetworkBound, link > 0, own.link > Self.slowLink * link {
        rows.append(Row(rank: rank, reason: .network, excess: network, times: own))
      }
    }
    self.rows = Array(
      rows.sorted { ($0.excess, $1.rank) > ($1.excess, $0.rank) }.prefix(limit))
  }

  /// The median; of two the lesser, so that of two ranks the slower one can be told.
  private static func typical(_ values: [Double]) -> Double {
    values.isEmpty ? 0 : values.sorted()[(values.count - 1) / 2]
  }
}
