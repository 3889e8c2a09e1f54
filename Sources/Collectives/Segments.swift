/// How algorithms cut what they send.
///
/// A message that MPI libraries take for a long one is only announced, and leaves when the other side has
/// answered. Over TCP the answer waits behind the data on the same link, and while a rank computes nobody
/// answers. Open MPI's limit for TCP is 64 KiB with its header; segments stay below, and as many are under
/// way as fill a link. On four hosts at 200 Mbit/s a ring of 32 MB takes 2.01 s so (the wire alone 1.92), 2.21
/// with segments of 256 KiB, and halving 2.09 s in place of 2.91.
package enum Segments {
  /// Bytes of a segment, but for the last; the most there are.
  package static let byteCount = 63 << 10
  /// Bytes of a segment of a slice that goes round a ring.
  ///
  /// A step begins when the one before has ended. With several segments a slice the wire carries one while
  /// another is noticed and added, and does not rest between steps:
  ///
  ///     one    ▒▒▒▒▒▒▒▒▒▒▒▒──▒▒▒▒▒▒▒▒▒▒▒▒──▒▒▒▒▒▒▒▒▒▒▒▒──     ── latency, and the look of the next rank
  ///     three  ▒▒▒▒▓▓▓▓░░░░▒▒▒▒▓▓▓▓░░░░▒▒▒▒▓▓▓▓░░░░
  ///
  /// Below 16 KiB a message costs more than it wins. On 8 hosts at 1 Gbit/s a step of the GPT job with 16
  /// samples a rank, buckets of 0.5 MB and so slices of 63 KB, takes 82 ms so, and 92 with one segment a slice.
  package static func byteCount(ofSlice bytes: Int) -> Int {
    min(byteCount, max(16 << 10, (bytes + 2) / 3))
  }
  /// Most segments under way in each direction.
  package static let depth = 16
  /// Segments that are still to come when the part behind them is called for, so that the call is not waited
  /// for; see `StageCourse`.
  package static let earliness = 2
}
