import MPI

/// Sizes that every collective is tried with: none, one, odd, and more than any eager protocol
/// sends at once.
let collectiveSizes = [0, 1, 3, 1000, 100_003]

/// How operations count: as the library does, and with a limit that cuts everything. See Note
/// [Large counts].
enum Counting: String, CaseIterable, Sendable {
  case whole, cut

  /// The world, or a duplicate that counts no further than seven.
  func communicator(of world: Communicator = Ranks.world) throws -> Communicator {
    switch self {
    case .whole: world
    case .cut: try world.duplicate(pieceLimit: 7)
    }
  }

  /// Cut operations make a call for every seven elements: keep them small.
  var sizes: [Int] { self == .whole ? collectiveSizes : [0, 1, 7, 8, 100] }
}

/// Values that differ between ranks and places, and whose sums are exact in every type from Int32
/// on.
func pattern<Element: MPIScalar & Numeric>(
  _ type: Element.Type = Element.self, rank: Int, count: Int
) -> [Element] {
  (0..<count).map { Element(exactly: ($0 * 7 + rank * 31) % 101) ?? 0 }
}

/// The sum over ranks of `pattern`.
func patternSum<Element: MPIScalar & Numeric>(
  _ type: Element.Type = Element.self, size: Int, count: Int
) -> [Element] {
  (0..<count).map { index in
    (0..<size).reduce(0 as Element) { $0 + (Element(exactly: (index * 7 + $1 * 31) % 101) ?? 0) }
  }
}

/// A count that differs between ranks; zero for some.
func unevenCounts(_ size: Int, scale: Int) -> [Int] { (0..<size).map { ($0 * 5 % 4) * scale } }
