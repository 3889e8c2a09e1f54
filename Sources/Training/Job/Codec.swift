import Yams

/// How a type of value is read from a job file and written to a resolved one.
struct Codec<Value> {
  /// What a reader should write: `a positive integer`.
  let expectation: String
  /// Reads a value, or says what was expected and found.
  let decode: (JobNode) throws(JobError) -> Value
  /// The value as YAML that `decode` reads as the same.
  let encode: (Value) -> Node
}

extension Codec {
  /// Also takes `word`, which stands for nil.
  func or(_ word: String) -> Codec<Value?> {
    let expectation = "\(word) or \(expectation)"
    return Codec<Value?>(
      expectation: expectation,
      decode: { node throws(JobError) in
        if case .scalar(word, _) = node.content { return nil }
        do throws(JobError) {
          return try decode(node)
        } catch {
          // A scalar that is neither: name both possibilities.
          guard case .scalar = node.content else { throw error }
          throw node.mismatch(expectation)
        }
      },
      encode: { $0.map(encode) ?? Node(word) })
  }

  /// A list of such values with at least one.
  var list: Codec<[Value]> {
    Codec<[Value]>(
      expectation: "a list of at least one",
      decode: { node throws(JobError) in
        guard case .list(let elements) = node.content, !elements.isEmpty else {
          throw node.mismatch("a list of at least one")
        }
        var values: [Value] = []
        for element in elements { values.append(try decode(element)) }
        return values
      },
      encode: { Node.flow($0.map(encode)) })
  }

  /// A list of such values, or the word `none` for an empty one.
  var listOrNone: Codec<[Value]> {
    list.or("none").map({ $0 ?? [] }, { $0.isEmpty ? nil : $0 })
  }

  /// The same text, read as another type.
  func map<Other>(
    _ wrap: @escaping (Value) -> Other, _ unwrap: @escaping (Other) -> Value
  ) -> Codec<Other> {
    Codec<Other>(
      expectation: expectation,
      decode: { node throws(JobError) in wrap(try decode(node)) }, encode: { encode(unwrap($0)) })
  }
}

extension Node {
  /// A list on one line.
  static func flow(_ elements: [Node]) -> Node {
    .sequence(Sequence(elements, .implicit, .flow))
  }

  /// A mapping on one line.
  static func flow(_ pairs: [(Node, Node)]) -> Node {
    .mapping(Mapping(pairs, .implicit, .flow))
  }
}
