/// Only the largest elements are sent; the client adds the rest to its next update (Stich, Cordonnier
/// and Jaggi 2018).
public struct LargestElements: Compression {
  /// The share of elements that are sent.
  public var share: Double

  /// The name in job files.
  public var name: String { "topK" }
  /// True.
  public var keepsError: Bool { true }

  /// One in a hundred unless said otherwise.
  public init(share: Double = 0.01) { self.share = share }

  private func kept(_ count: Int) -> Int { max(1, Int((share * Double(count)).rounded())) }

  /// A value and a place each.
  public func byteCount(_ count: Int) -> Int { 8 * kept(count) }

  /// Makes zero of all but the largest; of equal ones the first stay. See ``Compression``.
  public func apply(_ update: UnsafeMutableBufferPointer<Float>, seed: UInt64, round: Int) {
    let kept = kept(update.count)
    guard kept < update.count else { return }
    let limit = update.map { abs($0) }.sorted(by: >)[kept - 1]
    var room = kept - update.count(where: { abs($0) > limit })
    for index in update.indices where abs(update[index]) <= limit {
      if abs(update[index]) == limit, room > 0 {
        room -= 1
      } else {
        update[index] = 0
      }
    }
  }
}
