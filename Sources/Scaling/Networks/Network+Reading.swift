import Foundation
import Yams

extension Network {
  /// The network of a name, or of a file. Local.
  ///
  /// A file is YAML; `trireme bench allreduce --tune` writes one (JSON, which is YAML too).
  ///
  /// - Throws: `NetworkError`.
  public init(named nameOrFile: String) throws(NetworkError) {
    if let known = Self.named.first(where: { $0.name == nameOrFile }) {
      self = known
      return
    }
    let text: String
    do {
      text = try String(contentsOf: URL(fileURLWithPath: nameOrFile), encoding: .utf8)
    } catch {
      throw NetworkError(
        nameOrFile,
        "is neither a readable file nor a network known by name; those are "
          + Self.named.map(\.name).joined(separator: ", "))
    }
    try self.init(text: text, file: nameOrFile)
  }

  /// Reads the text of a network file.
  ///
  /// - Throws: `NetworkError` with file, line and key.
  public init(text: String, file: String) throws(NetworkError) {
    let root: NetworkNode
    do {
      guard let node = try Yams.compose(yaml: text) else {
        throw NetworkError(file, "is empty; a network has the key \"network\"")
      }
      root = try NetworkNode(node, file: file)
    } catch let error as NetworkError {
      throw error
    } catch let error as YamlError {
      throw NetworkError(file, "is not YAML: \(error)")
    } catch {
      throw NetworkError(file, "is not YAML: \(error)")
    }
    try root.allow(["name", "ranksPerNode", "window", "node", "network", "spine"])
    guard let network = try root.child("network") else {
      throw NetworkError(file, "the key \"network\" is missing: {latency: 30, rate: 1.1}")
    }
    let stem = file.split(separator: "/").last.map(String.init) ?? file
    self.init(
      name: root.text("name") ?? String(stem.prefix { $0 != "." }), network: try network.path())
    if let ranks = try root.whole("ranksPerNode") { ranksPerNode = ranks }
    if let path = try root.child("window")?.path() { window = path }
    if let path = try root.child("node")?.path() { node = path }
    if let node = try root.child("spine") {
      guard let nodes = try node.whole("nodesPerSwitch") else {
        throw node.error("spine needs nodesPerSwitch, latency and rate")
      }
      spine = Spine(nodesPerSwitch: nodes, path: try node.path(beside: ["nodesPerSwitch"]))
    }
  }
}

/// A mapping of a network file, which knows where it stands.
private struct NetworkNode {
  let file: String
  let line: Int?
  /// The keys that lead here, with a point behind each.
  let prefix: String
  private let mapping: Node.Mapping

  init(_ node: Node, file: String, path: String = "") throws(NetworkError) {
    self.file = file
    line = node.mark?.line
    prefix = path
    guard case .mapping(let mapping) = node else {
      let place = path.isEmpty ? "a network file" : String(path.dropLast())
      throw NetworkError(
        file, line: line, "\(place) must be a mapping of keys, not \"\(node.text)\"")
    }
    self.mapping = mapping
  }

  func error(_ reason: String) -> NetworkError { NetworkError(file, line: line, reason) }

  func allow(_ keys: [String]) throws(NetworkError) {
    for (key, _) in mapping where !keys.contains(key.text) {
      throw NetworkError(
        file, line: key.mark?.line,
        "unknown key \"\(prefix)\(key.text)\"; known are \(keys.joined(separator: ", "))")
    }
  }

  func text(_ key: String) -> String? { mapping[Node(key)]?.text }

  func child(_ key: String) throws(NetworkError) -> NetworkNode? {
    guard let node = mapping[Node(key)] else { return nil }
    return try NetworkNode(node, file: file, path: "\(prefix)\(key).")
  }

  func number(_ key: String, atLeast least: Double, orAbove: Bool = false) throws(NetworkError)
    -> Double?
  {
    guard let node = mapping[Node(key)] else { return nil }
    guard let value = Double(node.text), value.isFinite, orAbove ? value > least : value >= least
    else {
      throw NetworkError(
        file, line: node.mark?.line,
        "\(prefix)\(key) must be a number \(orAbove ? "above" : "of at least") \(least.short), not \"\(node.text)\""
      )
    }
    return value
  }

  func whole(_ key: String) throws(NetworkError) -> Int? {
    guard let node = mapping[Node(key)] else { return nil }
    guard let value = Int(node.text), value >= 1 else {
      throw NetworkError(
        file, line: node.mark?.line,
        "\(prefix)\(key) must be a whole number of at least 1, not \"\(node.text)\"")
    }
    return value
  }

  func path(beside others: [String] = []) throws(NetworkError) -> Network.Path {
    try allow(others + ["latency", "rate", "eager", "overhead", "contention"])
    guard let latency = try number("latency", atLeast: 0),
      let rate = try number("rate", atLeast: 0, orAbove: true)
    else {
      throw error("\(prefix.dropLast()) needs latency (microseconds) and rate (gigabytes a second)")
    }
    return Network.Path(
      latency: latency, rate: rate, eager: try whole("eager"),
      overhead: try number("overhead", atLeast: 0) ?? 0,
      contention: try number("contention", atLeast: 1) ?? 1)
  }
}

extension Node {
  /// A scalar's text; what else it is, if it is none.
  fileprivate var text: String {
    switch self {
    case .scalar(let scalar): scalar.string
    case .mapping: "a mapping"
    case .sequence: "a list"
    case .alias: "an alias"
    }
  }
}

extension Double {
  /// Without a fraction that is none.
  fileprivate var short: String { self == rounded() ? String(Int(self)) : String(self) }
}
