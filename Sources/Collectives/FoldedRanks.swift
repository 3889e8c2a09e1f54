/// The ranks of an algorithm that wants a power of two of them.
///
/// The ranks beyond the greatest power of two are folded: of the first pairs, the even one gives its
/// buffer to the odd one, sits out, and gets the result.
///
///     P = 5      rank    0 ─> 1    2    3    4
///                member       0    1    2    3
struct FoldedRanks {
  /// The number of members: the greatest power of two that does not exceed the number of ranks.
  let memberCount: Int
  /// The steps of an exchange with all others: the logarithm of `memberCount`.
  let depth: Int
  /// This rank's number among the members; nil when it sits out.
  let member: Int?
  /// The other rank of this rank's pair; nil when it has none.
  let partner: Int?
  private let extra: Int

  init(rank: Int, size: Int) {
    depth = Int.bitWidth - 1 - size.leadingZeroBitCount
    memberCount = 1 << depth
    extra = size - memberCount
    if rank < 2 * extra {
      partner = rank ^ 1
      member = rank % 2 == 0 ? nil : rank / 2
    } else {
      partner = nil
      member = rank - extra
    }
  }

  /// The rank of a member.
  func rank(of member: Int) -> Int { member < extra ? 2 * member + 1 : member + extra }

  /// The exchange in which ranks without a number give what they have to their partners, or get what those
  /// have found; nil where neither is one.
  func fold<Element: Summable>(
    _ buffer: UnsafeMutableBufferPointer<Element>, isIn: Bool, isAdded: Bool = true
  ) -> StageCourse<Element>.Exchange? {
    guard let partner else { return nil }
    let isSender = (member == nil) == isIn
    return .init(
      peer: partner, sent: isSender ? buffer : nil, received: isSender ? nil : buffer,
      isAdded: isIn && isAdded)
  }
}
