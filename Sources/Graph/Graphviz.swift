extension TensorGraph {
  /// The graph in Graphviz's language: one box an op with its result types, costs in the tooltips,
  /// one cluster a layer. Draw it with `dot -Tsvg`.
  public func graphviz(name: String = "model") -> String {
    // A layer's gradient ops make clusters depend on each other in circles, which dot's older way of
    // ranking does not survive: newrank.
    var lines = [
      "digraph \"\(Self.escaped(name))\" {",
      "  rankdir=TB; newrank=true; node [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=\"Helvetica\", fontsize=10];",
      "  edge [fontname=\"Helvetica\", fontsize=8, color=\"#555555\"];",
    ]
    let scopes = nodes.reduce(into: [String]()) { known, node in
      if !known.contains(node.scope) { known.append(node.scope) }
    }
    for (number, scope) in scopes.enumerated() {
      let members = nodes.filter { $0.scope == scope }.map(Self.line)
      if scope.isEmpty {
        lines += members.map { "  " + $0 }
      } else {
        lines.append("  subgraph cluster_\(number) {")
        lines.append(
          "    label=\"\(Self.escaped(scope))\"; style=rounded; color=\"#999999\"; fontname=\"Helvetica\"; fontsize=10;"
        )
        lines += members.map { "    " + $0 }
        lines.append("  }")
      }
    }
    for node in nodes {
      for input in node.inputs {
        lines.append("  n\(input.node) -> n\(node.index) [label=\"\(type(of: input).shape)\"];")
      }
    }
    return (lines + ["}"]).joined(separator: "\n") + "\n"
  }

  private static func line(_ node: Node) -> String {
    let color =
      switch node.op {
      case .input: "#dbeafe"
      case .parameter: "#fef3c7"
      case .constant: "#f3f4f6"
      default: "white"
      }
    let types = node.outputs.map(\.description).joined(separator: ", ")
    return "n\(node.index) [label=\"\(escaped(node.op.name))\\n\(types)\", fillcolor=\"\(color)\"];"
  }

  private static func escaped(_ text: String) -> String {
    text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
  }
}
