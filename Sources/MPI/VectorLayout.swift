/// Counts and places of the blocks of a vector collective, packed one after the other, as C ints.
///
/// nil when a place does not fit the limit: the caller then goes block by block. See Note [Large
/// counts].
package struct VectorLayout {
  package let counts: [Int32]
  package let places: [Int32]

  package init?(_ counts: [Int], limit: Int) {
    guard counts.reduce(0, +) <= limit else { return nil }
    var next: Int32 = 0
    self.counts = counts.map { Int32($0) }
    places = self.counts.map { count in
      defer { next += count }
      return next
    }
  }
}

/// Where each block of a packed buffer begins, in elements.
package func packedPlaces(_ counts: [Int]) -> [Int] {
  var next = 0
  return counts.map { count in
    defer { next += count }
    return next
  }
}
