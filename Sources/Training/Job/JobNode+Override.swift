extension JobNode {
  /// Replaces or adds the value that `override` names.
  ///
  /// - Parameters:
  ///   - override: `key.path=value`; the value is YAML, list elements are named by their index.
  ///   - folder: The folder to which paths in the value are relative.
  /// - Throws: `JobError` that quotes the override.
  mutating func apply(override: String, folder: String) throws(JobError) {
    let place = JobError.Place.override(override)
    guard let equals = override.firstIndex(of: "="), equals > override.startIndex else {
      throw JobError(place, "expected key.path=value")
    }
    let keys = override[..<equals].split(separator: ".", omittingEmptySubsequences: false)
      .map(String.init)
    guard !keys.contains("") else { throw JobError(place, "expected key.path=value") }
    let text = String(override[override.index(after: equals)...])
    let value = try JobNode.parse(text, folder: folder, path: keys) { _ in place }
    try set(value, at: keys[...], place: place)
  }

  private mutating func set(
    _ value: JobNode, at keys: ArraySlice<String>, place: JobError.Place
  ) throws(JobError) {
    guard let key = keys.first else {
      self = value
      return
    }
    switch content {
    case .list(var elements):
      guard let index = Int(key), elements.indices.contains(index) else {
        throw JobError(
          place,
          "\"\(path.joined(separator: "."))\" is a list of \(elements.count), counted from 0: no element \"\(key)\""
        )
      }
      try elements[index].set(value, at: keys.dropFirst(), place: place)
      content = .list(elements)
    case .mapping(var entries):
      if let index = entries.firstIndex(where: { $0.key == key }) {
        try entries[index].value.set(value, at: keys.dropFirst(), place: place)
      } else {
        entries.append(try entry(value, at: keys, place: place))
      }
      content = .mapping(entries)
    case .empty:
      content = .mapping([try entry(value, at: keys, place: place)])
    case .scalar(key, _):
      // A bare name is short for a name without settings: `optimizer: adam`.
      content = .mapping([try entry(value, at: keys, place: place)])
    case .scalar:
      throw JobError(
        place, "\"\(path.joined(separator: "."))\" is a value and has no key \"\(key)\"")
    }
  }

  private func entry(
    _ value: JobNode, at keys: ArraySlice<String>, place: JobError.Place
  ) throws(JobError) -> Entry {
    let key = keys[keys.startIndex]
    var child = JobNode(content: .empty, place: place, folder: folder, path: path + [key])
    try child.set(value, at: keys.dropFirst(), place: place)
    return Entry(key: key, place: place, value: child)
  }
}
