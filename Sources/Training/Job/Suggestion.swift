/// The word of `candidates` that a writer of `word` may have meant: differing in case only, or by at
/// most a third of its letters.
func closest(to word: String, among candidates: [String]) -> String? {
  let ranked = candidates.map { ($0, editDistance(word.lowercased(), $0.lowercased())) }
  guard let best = ranked.min(by: { $0.1 < $1.1 }), best.1 <= max(1, word.count / 3) else {
    return nil
  }
  return best.0
}

/// `; did you mean "filters"?`, or the list of all if no candidate is close.
func suggestion(for word: String, among candidates: [String]) -> String {
  if let best = closest(to: word, among: candidates) { return "; did you mean \"\(best)\"?" }
  return "; known are " + candidates.joined(separator: ", ")
}

/// The number of letters to insert, delete, replace or swap with their neighbour (the restricted
/// Damerau-Levenshtein distance: swaps are the commonest slip).
private func editDistance(_ first: String, _ second: String) -> Int {
  let (a, b) = (Array(first), Array(second))
  // Rows i - 2, i - 1 and i of the table of distances between prefixes.
  var (older, previous) = ([Int](), Array(0...b.count))
  for i in a.indices {
    var row = [i + 1]
    for j in b.indices {
      var best = min(previous[j] + (a[i] == b[j] ? 0 : 1), previous[j + 1] + 1, row[j] + 1)
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, older[j - 1] + 1) }
      row.append(best)
    }
    (older, previous) = (previous, row)
  }
  return previous[b.count]
}
