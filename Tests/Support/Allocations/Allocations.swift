import CAllocations
import Synchronization

/// The heap allocations that a piece of code makes on the calling thread.
public struct Allocations {
  /// How many were made by or for the given libraries, and so not by us.
  public private(set) var byLibraries = 0
  /// The callers of each of the others, innermost first.
  public private(set) var others: [String] = []

  /// Only one thread records at a time.
  private static let recording = Mutex(())

  /// Runs `body` and counts what it allocates on this thread.
  ///
  /// - Parameter libraries: Beginnings of the file names of shared objects that may allocate. An
  ///   allocation is theirs if its innermost caller is, the C++ and C run-time libraries left out.
  public static func count(
    notThoseOf libraries: [String], _ body: () throws -> Void
  ) rethrows -> Allocations {
    try recording.withLock { _ in
      callocations_start()
      do { try body() } catch {
        callocations_stop()
        throw error
      }
      return Allocations(count: callocations_stop(), libraries)
    }
  }

  private init(count: Int, _ libraries: [String]) {
    // Most come from few places.
    var known: [UnsafeMutableRawPointer: (file: String, symbol: String)] = [:]
    for index in 0..<min(count, callocations_capacity) {
      var callers: [(file: String, symbol: String)] = []
      for depth in 0..<callocations_depth {
        guard let address = callocations_caller(index, depth) else { break }
        let place = known[address] ?? Self.place(of: address)
        known[address] = place
        callers.append(place)
      }
      let responsible = callers.first { caller in
        !["libstdc++", "libc."].contains { caller.file.hasPrefix($0) }
      }
      if let responsible, libraries.contains(where: { responsible.file.hasPrefix($0) }) {
        byLibraries += 1
      } else {
        others.append(callers.map { "\($0.file) \($0.symbol)" }.joined(separator: " < "))
      }
    }
    for _ in 0..<max(0, count - callocations_capacity) {
      others.append("not recorded: too many")
    }
  }

  private static func place(
    of address: UnsafeMutableRawPointer
  ) -> (file: String, symbol: String) {
    let path = String(cString: callocations_file(address))
    return (
      path.split(separator: "/").last.map(String.init) ?? path,
      String(cString: callocations_symbol(address))
    )
  }
}
