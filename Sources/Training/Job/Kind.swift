import Yams

/// One of several named things that may stand at a place: a layer, an optimizer, an initialiser.
///
/// Written as a bare name (`flatten`) or as a name with settings (`dense: {units: 10}`).
struct Kind<Base> {
  let name: String
  /// Reads the settings.
  let decode: (JobNode) throws(JobError) -> Base
  /// Writes the settings, an empty mapping for a bare name; nil if the value is of another kind.
  let encode: (Base) -> Node?

  /// A kind whose settings are a value of their own type.
  init<Settings>(
    _ name: String, _ codec: Codec<Settings>, wrap: @escaping (Settings) -> Base,
    unwrap: @escaping (Base) -> Settings?
  ) {
    self.name = name
    decode = { node throws(JobError) in wrap(try codec.decode(node)) }
    encode = { unwrap($0).map(codec.encode) }
  }

  /// A kind without settings.
  init(_ name: String, _ value: Base) where Base: Equatable {
    let schema = Schema<Void>(name, (), [])
    self.init(name, schema.codec, wrap: { value }, unwrap: { $0 == value ? () : nil })
  }

  /// The same kind of a wider type.
  func map<Wide>(
    _ wrap: @escaping (Base) -> Wide, _ unwrap: @escaping (Wide) -> Base?
  ) -> Kind<Wide> {
    let settings = Codec<Base>(
      expectation: "a mapping", decode: decode, encode: { encode($0) ?? Node("") })
    return Kind<Wide>(
      name, settings, wrap: wrap,
      unwrap: { wide in unwrap(wide).flatMap { encode($0) == nil ? nil : $0 } })
  }
}

extension Codec {
  /// One of `kinds`.
  ///
  /// - Parameter what: What they are, for messages: `layer`.
  static func one(of kinds: @escaping () -> [Kind<Value>], _ what: String) -> Codec {
    Codec(
      expectation: "the name of a \(what)",
      decode: { node throws(JobError) in
        let (name, settings, place) = try nameAndSettings(node, what)
        let kinds = kinds()
        guard let kind = kinds.first(where: { $0.name == name }) else {
          throw JobError(
            place, "unknown \(what) \"\(name)\"" + suggestion(for: name, among: kinds.map(\.name)))
        }
        return try kind.decode(settings)
      },
      encode: { value in
        for kind in kinds() {
          guard let settings = kind.encode(value) else { continue }
          if case .mapping(let mapping) = settings, mapping.isEmpty { return Node(kind.name) }
          return Node.flow([(Node(kind.name), settings)])
        }
        preconditionFailure("\(value) is not registered as a \(what)")
      })
  }

  private static func nameAndSettings(
    _ node: JobNode, _ what: String
  ) throws(JobError) -> (name: String, settings: JobNode, place: JobError.Place) {
    switch node.content {
    case .scalar(let name, _):
      return (name, node.withoutSettings, node.place)
    case .mapping(let entries) where entries.count == 1:
      let entry = entries[0]
      if case .empty = entry.value.content {
        return (entry.key, entry.value.withoutSettings, entry.place)
      }
      return (entry.key, entry.value, entry.place)
    case .mapping(let entries) where !entries.isEmpty:
      throw JobError(
        entries[1].place,
        "expected one \(what), found the keys "
          + entries.map { "\"\($0.key)\"" }.joined(separator: ", ")
          + "; settings are indented under the name")
    default: throw node.mismatch("the name of a \(what)")
    }
  }
}
