import Foundation
import Glibc
import MPI

/// Where a rank runs, so that its neighbours can see whether its process is still there.
struct RankPlace {
  let host: String
  let process: Int32
  /// Tells apart processes of one number in several containers.
  private let space: String

  /// The places of all ranks. Collective.
  static func all(on communicator: Communicator) throws(MPIError) -> [RankPlace] {
    let space =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")) ?? ""
    let texts = try communicator.allGather("\(getpid()) \(space) \(communicator.processorName)")
    return texts.map { text in
      let words = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
      return RankPlace(
        host: words.count > 2 ? String(words[2]) : "",
        process: words.first.flatMap { Int32($0) } ?? 0,
        space: words.count > 1 ? String(words[1]) : "")
    }
  }

  /// Whether processes there can be seen from `other`.
  func isNeighbour(of other: RankPlace) -> Bool {
    host == other.host && space == other.space && !space.isEmpty
  }

  /// Whether the process of a neighbour has ended; one that nobody has waited for yet has, too.
  var hasEnded: Bool {
    guard kill(process, 0) == 0 || errno == EPERM else { return true }
    guard let file = fopen("/proc/\(process)/stat", "r") else { return false }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 512)
    guard fgets(&line, Int32(line.count), file) != nil else { return false }
    // The state follows the name, which is in parentheses and may hold anything.
    guard let end = line.lastIndex(of: CChar(UInt8(ascii: ")"))), end + 2 < line.count else {
      return false
    }
    return line[end + 2] == CChar(UInt8(ascii: "Z"))
  }
}
