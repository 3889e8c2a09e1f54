/// Numbers of ranks as a user writes them: `1,2,4,6`, or `1,2,...,4096`.
///
/// Three dots stand for what the two numbers before begin: `1,2,...,64` and `4,8,...,64` double, all others
/// go on by the difference (`2,6,...,18` is 2, 6, 10, 14, 18).
public enum RankList {
  /// The numbers, ascending.
  ///
  /// - Throws: ``RankListError``.
  public static func numbers(in text: String) throws(RankListError) -> [Int] {
    let words = text.split(separator: ",", omittingEmptySubsequences: false)
      .map { $0.filter { $0 != " " } }
    var numbers: [Int] = []
    for (index, word) in words.enumerated() {
      if word == "..." || word == "…" {
        guard numbers.count >= 2, index + 2 == words.count, let last = Int(words[index + 1]) else {
          throw RankListError("\"...\" stands between two numbers and the last one: 1,2,...,64")
        }
        numbers += try between(numbers[numbers.count - 2], numbers[numbers.count - 1], last)
        continue
      }
      guard let number = Int(word), number >= 1 else {
        throw RankListError("\"\(word)\" is no number of ranks of at least 1")
      }
      guard number > numbers.last ?? 0 else {
        throw RankListError("ranks ascend, but \(number) follows \(numbers.last ?? 0)")
      }
      numbers.append(number)
    }
    return numbers
  }

  private static func between(
    _ first: Int, _ second: Int, _ last: Int
  ) throws(RankListError) -> [Int] {
    var numbers: [Int] = []
    var next = second
    while true {
      next = second == 2 * first ? 2 * next : next + second - first
      guard next < last else { return numbers }
      guard numbers.count < 10_000 else {
        throw RankListError("that are more than 10000 numbers of ranks")
      }
      numbers.append(next)
    }
  }
}

/// A list of ranks that cannot be read.
public struct RankListError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong.
  public let description: String

  init(_ description: String) { self.description = description }
}
