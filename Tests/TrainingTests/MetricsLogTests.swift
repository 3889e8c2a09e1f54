import Foundation
import Testing
import Training

@Suite struct MetricsLogTests {
  let file: TemporaryFile

  init() throws { file = try TemporaryFile() }

  @Test func keysKeepTheirOrder() throws {
    try MetricsLog(path: file.path).write(
      "train", ["step": .integer(3), "loss": .number(0.5), "accuracy": .none])
    #expect(try file.text() == #"{"event":"train","step":3,"loss":0.5,"accuracy":null}"# + "\n")
  }

  @Test(arguments: ["a \"quoted\" path", "back\\slash", "two\nlines\t\u{1}", "Größe ∑ 🛶", "a/b.h5"])
  func textReadsBackAsItWas(text: String) throws {
    try MetricsLog(path: file.path).write("checkpoint", ["path": .text(text)])
    let object = try JSONSerialization.jsonObject(with: Data(try file.text().utf8))
    #expect((object as? [String: String])?["path"] == text)
  }

  @Test func anEventIsOneLine() throws {
    try MetricsLog(path: file.path).write("checkpoint", ["path": .text("two\nlines")])
    #expect(try file.text().split(separator: "\n").count == 1)
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func numbersThatJSONDoesNotKnowAreNull(number: Double) throws {
    try MetricsLog(path: file.path).write("train", ["loss": .number(number)])
    #expect(try file.text().contains(#""loss":null"#))
  }

  @Test func secondLogGoesOnBehindTheFirst() throws {
    try MetricsLog(path: file.path).write("start", [:])
    try MetricsLog(path: file.path).write("resume", [:])
    #expect(try file.text() == "{\"event\":\"start\"}\n{\"event\":\"resume\"}\n")
  }

  @Test func pathThatCannotBeWrittenIsNamed() {
    let failure = #expect(throws: Failure.self) { try MetricsLog(path: "/none/metrics.jsonl") }
    #expect(failure?.exitCode == .inputOutput)
    #expect(failure?.description.hasPrefix("/none/metrics.jsonl: ") == true)
  }
}
