import Yams

/// A key of a mapping: how its value gets into a `Root` and out again.
struct Field<Root> {
  let name: String
  let isRequired: Bool
  let decode: (inout Root, JobNode) throws(JobError) -> Void
  let encode: (Root) -> Node

  /// A key that must be there.
  static func required<Value>(
    _ name: String, _ path: WritableKeyPath<Root, Value>, _ codec: Codec<Value>
  ) -> Field {
    field(name, path, codec, isRequired: true)
  }

  /// A key that may be left out: the value of ``Schema/start`` stays.
  static func optional<Value>(
    _ name: String, _ path: WritableKeyPath<Root, Value>, _ codec: Codec<Value>
  ) -> Field {
    field(name, path, codec, isRequired: false)
  }

  /// A key that may be left out, whose value may also be the word for nil.
  static func optional<Value>(
    _ name: String, _ path: WritableKeyPath<Root, Value?>, _ codec: Codec<Value>, or word: String
  ) -> Field {
    field(name, path, codec.or(word), isRequired: false)
  }

  private static func field<Value>(
    _ name: String, _ path: WritableKeyPath<Root, Value>, _ codec: Codec<Value>, isRequired: Bool
  ) -> Field {
    Field(
      name: name, isRequired: isRequired,
      decode: { (root: inout Root, node: JobNode) throws(JobError) in
        root[keyPath: path] = try codec.decode(node)
      },
      encode: { codec.encode($0[keyPath: path]) })
  }
}

/// A mapping with known keys: one list of fields reads it, writes it and knows what is missing.
struct Schema<Root> {
  /// What messages call it: `conv2d`, `training`.
  let name: String
  /// The value before any key is read: holds the defaults.
  let start: Root
  /// The keys in the order in which they are written.
  let fields: [Field<Root>]
  /// Refuses combinations of values; gets the mapping to find their lines.
  let check: (Root, JobNode) throws(JobError) -> Void

  init(
    _ name: String, _ start: Root, _ fields: [Field<Root>],
    check: @escaping (Root, JobNode) throws(JobError) -> Void = { _, _ in }
  ) {
    self.name = name
    self.start = start
    self.fields = fields
    self.check = check
  }

  /// Reads a mapping; nothing at all counts as an empty one.
  func decode(_ node: JobNode) throws(JobError) -> Root {
    let entries: [JobNode.Entry]
    switch node.content {
    case .mapping(let found): entries = found
    case .empty: entries = []
    default:
      let keys = fields.map(\.name).joined(separator: ", ")
      throw node.mismatch(fields.isEmpty ? "no settings" : "a mapping with keys out of \(keys)")
    }
    var root = start
    for entry in entries {
      guard let field = fields.first(where: { $0.name == entry.key }) else {
        let hint =
          fields.isEmpty
          ? ", which has no settings" : suggestion(for: entry.key, among: fields.map(\.name))
        throw JobError(entry.place, "unknown key \"\(entry.key)\" in \(name)" + hint)
      }
      try field.decode(&root, entry.value)
    }
    let missing = fields.first { field in
      field.isRequired && !entries.contains { $0.key == field.name }
    }
    if let field = missing {
      throw JobError(node.place, "\(name) needs the key \"\(field.name)\"")
    }
    try check(root, node)
    return root
  }

  /// Pairs of all keys and their values.
  func pairs(_ root: Root) -> [(Node, Node)] {
    fields.map { (Node($0.name), $0.encode(root)) }
  }

  /// The mapping as a value, written on one line.
  var codec: Codec<Root> {
    Codec(expectation: "a mapping", decode: decode, encode: { Node.flow(pairs($0)) })
  }

  /// The mapping as a value, written with one line a key.
  var block: Codec<Root> {
    Codec(expectation: "a mapping", decode: decode, encode: { Node(pairs($0)) })
  }
}
