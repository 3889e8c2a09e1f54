import Yams

extension JobNode {
  /// The tree of a YAML text.
  ///
  /// - Parameter source: Where text of a line was written: `.line(n, file)` or an override for all.
  static func parse(
    _ text: String, folder: String, path: [String] = [],
    source: (Int) -> JobError.Place
  ) throws(JobError) -> JobNode {
    let node: Node?
    do {
      node = try Yams.compose(yaml: text)
    } catch let error as YamlError {
      throw Self.describe(error, source)
    } catch {
      throw JobError(source(1), "is not YAML: \(error)")
    }
    guard let node else {
      return JobNode(content: .empty, place: source(1), folder: folder, path: path)
    }
    return try JobNode(node, folder: folder, path: path, source: source)
  }

  private init(
    _ node: Node, folder: String, path: [String], source: (Int) -> JobError.Place
  ) throws(JobError) {
    place = source(node.mark?.line ?? 1)
    self.folder = folder
    self.path = path
    switch node {
    case .scalar(let scalar):
      let isQuoted = scalar.style == .singleQuoted || scalar.style == .doubleQuoted
      let isEmpty = !isQuoted && ["", "~", "null"].contains(scalar.string)
      content = isEmpty ? .empty : .scalar(scalar.string, isQuoted: isQuoted)
    case .sequence(let sequence):
      var elements: [JobNode] = []
      for (index, element) in sequence.enumerated() {
        elements.append(
          try JobNode(element, folder: folder, path: path + [String(index)], source: source))
      }
      content = .list(elements)
    case .mapping(let mapping):
      var entries: [Entry] = []
      for (key, value) in mapping {
        let place = source(key.mark?.line ?? 1)
        guard case .scalar(let name) = key else {
          throw JobError(place, "a key must be a word")
        }
        let child = try JobNode(value, folder: folder, path: path + [name.string], source: source)
        entries.append(Entry(key: name.string, place: place, value: child))
      }
      content = .mapping(entries)
    case .alias:
      throw JobError(place, "an alias without its anchor")
    }
  }

  private static func describe(
    _ error: YamlError, _ source: (Int) -> JobError.Place
  ) -> JobError {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      JobError(source(mark.line), "is not YAML: \(problem)")
    case .duplicatedKeysInMapping(let duplicates, let context):
      JobError(
        source(context.mark.line),
        "the mapping that begins here has the key \"\(duplicates.sorted().joined(separator: "\", \""))\" twice"
      )
    default: JobError(source(1), "is not YAML: \(error)")
    }
  }
}
