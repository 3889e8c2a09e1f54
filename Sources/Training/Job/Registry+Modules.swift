public import Layers
import Synchronization
import Yams

extension Module {
  /// Lets job files use the module by its name, in this process from now on.
  ///
  /// Call it before a job is read, on every rank. Registering a type again does nothing.
  ///
  /// - Precondition: No other layer has the name.
  public static func register() {
    ModuleRegistry.types.withLock { types in
      guard !types.contains(where: { $0 == Self.self }) else { return }
      precondition(
        !types.contains { $0.name == name } && !Codec<any Layer>.builtInNames.contains(name),
        "there is another layer called \(name)")
      types.append(Self.self)
    }
  }
}

/// The modules of this process.
enum ModuleRegistry {
  static let types = Mutex<[any Module.Type]>([])

  /// The registered modules as layers of the job file.
  static var kinds: [Kind<any Layer>] { types.withLock { $0 }.map { kind($0) } }

  private static func kind<M: Module>(_ type: M.Type) -> Kind<any Layer> {
    Kind(M.name, Codec<M>.module, wrap: { $0 }, unwrap: { $0 as? M })
  }
}

extension Codec where Value: Module {
  /// The settings as `Codable` writes them; what the file leaves out is as in `init()`.
  static var module: Codec {
    Codec(
      expectation: "a mapping",
      decode: { node throws(JobError) in
        let entries: [JobNode.Entry]
        switch node.content {
        case .mapping(let found): entries = found
        case .empty: entries = []
        default: throw node.mismatch("a mapping")
        }
        var pairs = settings(of: Value())
        for entry in entries {
          guard let place = pairs.firstIndex(where: { $0.0.string == entry.key }) else {
            let names = pairs.compactMap(\.0.string)
            throw JobError(
              entry.place,
              "unknown key \"\(entry.key)\" in \(Value.name)"
                + (names.isEmpty
                  ? ", which has no settings" : suggestion(for: entry.key, among: names)))
          }
          pairs[place].1 = entry.value.yaml
        }
        do {
          return try YAMLDecoder().decode(Value.self, from: Node(pairs))
        } catch {
          throw Self.fault(error, entries, node)
        }
      },
      encode: { Node.flow(settings(of: $0)) })
  }

  private static func settings(of value: Value) -> [(Node, Node)] {
    do {
      let node = try Yams.compose(yaml: try YAMLEncoder().encode(value))
      guard case .mapping(let mapping)? = node else { return [] }
      return mapping.map { ($0.key, $0.value) }
    } catch {
      preconditionFailure("the settings of \(Value.name) cannot be written: \(error)")
    }
  }

  private static func fault(
    _ error: any Error, _ entries: [JobNode.Entry], _ node: JobNode
  ) -> JobError {
    let context: DecodingError.Context? =
      switch error as? DecodingError {
      case .typeMismatch(_, let context), .valueNotFound(_, let context),
        .keyNotFound(_, let context), .dataCorrupted(let context):
        context
      default: nil
      }
    let key = context?.codingPath.first?.stringValue
    let entry = entries.first { $0.key == key }
    return JobError(
      entry?.place ?? node.place,
      (key.map { "\"\($0)\" in " } ?? "")
        + "\(Value.name): \(context?.debugDescription ?? "\(error)")")
  }
}

extension JobNode {
  /// The value as a node of Yams again.
  fileprivate var yaml: Node {
    switch content {
    case .empty: Node("null", Tag(.null))
    case .scalar(let text, let isQuoted):
      Node(text, Tag(.implicit), isQuoted ? .doubleQuoted : .any)
    case .list(let elements): Node(elements.map(\.yaml))
    case .mapping(let entries): Node(entries.map { (Node($0.key), $0.value.yaml) })
    }
  }
}
