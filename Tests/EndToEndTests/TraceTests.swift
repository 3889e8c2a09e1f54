import Foundation
import Testing

extension EndToEnd {
  /// The timeline that `--trace` writes.
  @Suite struct TraceTests {
    @Test func traceHasTheEventsOfAllRanks() throws {
      let folder = try TemporaryFolder()
      let file = folder("trace.json")
      let command = try Command.run(
        TrainedFolder.arguments(digits, folder("out"), set: ["training.steps=3"])
          + ["--trace", file], ranks: 2)
      #expect(command.exitCode == 0, "\(command.stderr)")
      let data = try Data(contentsOf: URL(fileURLWithPath: file))
      let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
      let events = try #require(object["traceEvents"] as? [[String: Any]])
      for rank in 0..<2 {
        let own = events.filter { $0["pid"] as? Int == rank && $0["ph"] as? String == "X" }
        let kinds = Set(own.compactMap { $0["cat"] as? String })
        #expect(kinds.isSuperset(of: ["op", "input", "bucket", "job"]), "\(kinds)")
        // Two buckets in each of three steps.
        #expect(own.filter { $0["cat"] as? String == "bucket" }.count == 6)
        #expect(own.allSatisfy { ($0["dur"] as? Double ?? -1) >= 0 })
      }
    }
  }
}
