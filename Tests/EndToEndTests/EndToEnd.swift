import Foundation
import Testing

/// All tests of the built command, one after the other: each starts several ranks, and machines
/// may have two cores.
@Suite(.serialized) enum EndToEnd {
  /// The root of the repository.
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  /// The command under test.
  static let trireme = "\(root)/.build/release/trireme"

  static let digits = "\(root)/jobs/digits-cnn.yaml"
  static let iris = "\(root)/jobs/iris-mlp.yaml"

  /// A file of an embedded data set.
  static func data(_ name: String) -> String { "\(root)/Data/\(name)" }
}
