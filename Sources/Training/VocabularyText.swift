import Datasets
import Foundation

/// A vocabulary as text, kept in checkpoints so that a trained model can read and write text.
package enum VocabularyText {
  package static func encode(_ vocabulary: [String]) -> String? {
    // An attribute of an HDF5 file has room for 64 KiB; a larger vocabulary stays in the token files.
    guard let data = try? JSONEncoder().encode(vocabulary), data.count < 60_000 else { return nil }
    return String(decoding: data, as: UTF8.self)
  }

  package static func decode(_ text: String) -> [String]? {
    try? JSONDecoder().decode([String].self, from: Data(text.utf8))
  }
}

extension SampleSource {
  /// What a checkpoint keeps of the data that a model was trained on.
  var texts: [String: String] {
    switch self {
    case let shards as ShardedDataset:
      shards.normalization.map { ["normalization": NormalizationText.encode($0)] } ?? [:]
    case let windows as TokenWindows where windows.hasVocabulary:
      VocabularyText.encode(windows.classNames).map { ["vocabulary": $0] } ?? [:]
    default: [:]
    }
  }
}
