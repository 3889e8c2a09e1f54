public import HDF5

/// One long text as token ids: characters or bytes.
public struct TextSource: Sendable {
  /// What a token is.
  public enum Level: String, Sendable, CaseIterable {
    /// A Unicode scalar; ids in the order of Unicode.
    case characters
    /// A byte of the file.
    case bytes
  }

  /// The text's name.
  public let name: String
  /// The ids in the order of the text.
  public let tokens: [Int32]
  /// What each id stands for; `nil` for bytes, most of which are no text by themselves.
  public let vocabulary: [String]?

  /// The smallest type that holds the ids.
  public var type: ScalarType {
    let largest = vocabulary.map { $0.count - 1 } ?? 255
    return largest <= 255 ? .uint8 : largest <= 65535 ? .uint16 : .int32
  }

  /// Reads files, one behind the other.
  ///
  /// - Throws: `ImportError` for files that are empty or, with characters, no UTF-8.
  public init(_ paths: [String], level: Level, name: String) throws(ImportError) {
    self.name = name
    var tokens: [Int32] = []
    switch level {
    case .bytes:
      for path in paths { tokens += try FileBytes(path: path).numbers }
      vocabulary = nil
    case .characters:
      var scalars: [Unicode.Scalar] = []
      for path in paths {
        guard let text = try FileBytes(path: path).text else {
          throw ImportError(path, "", "is no UTF-8 text; --level bytes takes any file")
        }
        scalars += text.unicodeScalars
      }
      let known = Set(scalars).sorted()
      guard known.first != "\0" else {
        throw ImportError(paths[0], "", "holds a zero character; --level bytes takes any file")
      }
      let ids = Dictionary(uniqueKeysWithValues: zip(known, Int32(0)...))
      tokens = scalars.map { ids[$0] ?? 0 }
      vocabulary = known.map { String($0) }
    }
    guard tokens.count > 1 else {
      throw ImportError(
        paths.first ?? "", "", "holds \(tokens.count) tokens, too few to predict any")
    }
    self.tokens = tokens
  }
}
