package import Datasets

/// A normalisation as text, kept in checkpoints so that a trained model is fed as it was trained.
package enum NormalizationText {
  package static func encode(_ normalization: Normalization) -> String {
    // Swift prints the shortest decimal that reads back as the same number.
    [normalization.mean, normalization.deviation].map {
      $0.map { "\($0)" }.joined(separator: " ")
    }.joined(separator: "\n")
  }

  package static func decode(_ text: String) -> Normalization? {
    let rows = text.split(separator: "\n").map {
      $0.split(separator: " ").compactMap { Float($0) }
    }
    guard rows.count == 2 else { return nil }
    return Normalization(mean: rows[0], deviation: rows[1])
  }
}
