/// A value of a job file with the place where it was written.
///
/// Yams's nodes know their line, but not their file, nor whether they came from the command line;
/// relative paths and messages need both.
struct JobNode {
  /// A key with its value.
  struct Entry {
    let key: String
    let place: JobError.Place
    var value: JobNode
  }

  enum Content {
    /// Nothing: `key:`, `~` or `null`.
    case empty
    /// A word or number; quotes make it text.
    case scalar(String, isQuoted: Bool)
    case list([JobNode])
    case mapping([Entry])
  }

  var content: Content
  /// Where it was written.
  let place: JobError.Place
  /// The folder to which paths in it are relative.
  let folder: String
  /// The keys and indices that lead here; joined by dots this is the key of `--set`.
  let path: [String]

  /// The value of `key`, nil if this is no mapping or has no such key.
  func child(_ key: String) -> JobNode? {
    guard case .mapping(let entries) = content else { return nil }
    return entries.first { $0.key == key }?.value
  }

  /// The elements of a list, or none.
  var elements: [JobNode] {
    if case .list(let elements) = content { elements } else { [] }
  }

  /// This node as an empty mapping: what a bare name stands for.
  var withoutSettings: JobNode {
    JobNode(content: .mapping([]), place: place, folder: folder, path: path)
  }

  // MARK: - Messages

  /// `"filters" in conv2d`: the innermost key and the one around it.
  private var label: String {
    let keys = path.filter { Int($0) == nil }
    guard let key = keys.last else { return "the job" }
    return keys.count == 1 ? "\"\(key)\"" : "\"\(key)\" in \(keys[keys.count - 2])"
  }

  /// How a reader would name what stands here.
  private var found: String {
    switch content {
    case .empty: "nothing"
    case .scalar(let text, let isQuoted): (isQuoted ? "the text " : "") + "\"\(text)\""
    case .list(let elements): "a list of \(elements.count)"
    case .mapping(let entries):
      "a mapping" + (entries.isEmpty ? "" : " with the key \"\(entries[0].key)\"")
    }
  }

  /// The error of a value that is not what was wanted: `expected a positive integer, found "many"`.
  func mismatch(_ expectation: String) -> JobError {
    JobError(place, "\(label): expected \(expectation), found \(found)")
  }
}
