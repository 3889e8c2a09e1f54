/// Names of another program's tensors, and what they are called here.
public struct Renaming: Sendable {
  /// One rule.
  public struct Rule: Sendable, Hashable {
    /// The name of a tensor, or of the layer that holds it: all of a dotted name or its beginning.
    public let from: String
    /// What takes its place; nothing for tensors to be left out.
    public let to: String

    /// A rule.
    public init(from: String, to: String) { (self.from, self.to) = (from, to) }
  }

  /// The rules; of several that fit a name the longest counts.
  public let rules: [Rule]

  /// A renaming by `rules`.
  public init(_ rules: [Rule] = []) { self.rules = rules }

  /// Reads rules written `from=to`.
  ///
  /// - Throws: `InterchangeError.unsupported` for a text of another form, or for two rules for one name.
  public init(parsing texts: [String]) throws(InterchangeError) {
    var rules: [Rule] = []
    for text in texts {
      guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
        throw .unsupported(what: "\"\(text)\" is no rule of the form FROM=TO")
      }
      let rule = Rule(from: String(text[..<sign]), to: String(text[text.index(after: sign)...]))
      guard !rules.contains(where: { $0.from == rule.from }) else {
        throw .unsupported(what: "two rules rename \"\(rule.from)\"")
      }
      rules.append(rule)
    }
    self.rules = rules
  }

  /// What becomes of a name.
  public enum Outcome: Equatable, Sendable {
    /// No rule fits.
    case untouched
    /// The new name.
    case renamed(String)
    /// The tensor is to be left out.
    case dropped
  }

  /// The outcome for `name`.
  public func callAsFunction(_ name: String) -> Outcome {
    let fitting = rules.filter { name == $0.from || name.hasPrefix($0.from + ".") }
    guard let rule = fitting.max(by: { $0.from.utf8.count < $1.from.utf8.count }) else {
      return .untouched
    }
    return rule.to.isEmpty ? .dropped : .renamed(rule.to + name.dropFirst(rule.from.count))
  }

  /// The rules that fit none of `names`: slips of the pen.
  public func idleRules(among names: [String]) -> [Rule] {
    rules.filter { rule in !names.contains { $0 == rule.from || $0.hasPrefix(rule.from + ".") } }
  }
}
