import Foundation
import Graph
import Testing

@Suite struct GraphvizTests {
  static let dot = ["/usr/bin/dot", "/usr/local/bin/dot"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  private func example() throws -> TensorGraph {
    let graph = TensorGraph()
    let x = graph.input("say \"x\"", TensorType([2, 3]))
    let y = try graph.withScope("layers.\"0\"\\") { () throws(GraphError) in
      try x.matmul(try graph.parameter("weight", [3, 4], .zeros))(.relu)
    }
    _ = try graph.gradients(of: y.sum(), withRespectTo: [x])
    return graph
  }

  @Test func everyNodeAndEdgeIsThere() throws {
    let graph = try example()
    let lines = graph.graphviz().split(separator: "\n").map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    for node in graph.nodes {
      #expect(lines.count { $0.hasPrefix("n\(node.index) [label=") } == 1)
      for input in node.inputs {
        #expect(lines.contains { $0.hasPrefix("n\(input.node) -> n\(node.index) ") })
      }
    }
  }

  @Test func bracesAndQuotesAreBalanced() throws {
    let text = try example().graphviz(name: "a \"quoted\" name")
    #expect(text.count { $0 == "{" } == text.count { $0 == "}" })
    for line in text.split(separator: "\n") {
      let plain = line.replacing("\\\\", with: "").replacing("\\\"", with: "")
      #expect(plain.count { $0 == "\"" } % 2 == 0, "\(line)")
    }
  }

  @Test func layersAreClusters() throws {
    let text = try example().graphviz()
    #expect(text.count(of: "subgraph cluster_") == 1)
    #expect(text.contains(#"label="layers.\"0\"\\""#))
  }

  @Test(.enabled(if: dot != nil, "Graphviz is not installed"))
  func dotReadsIt() throws {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("graphviz-\(UUID().uuidString).dot")
    try example().graphviz(name: "a \"quoted\" name").write(
      to: file, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: file) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(Self.dot))
    process.arguments = ["-Tcanon", "-o", "/dev/null", file.path]
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(text == "")
  }
}

extension String {
  fileprivate func count(of part: String) -> Int { components(separatedBy: part).count - 1 }
}
