import Foundation
import Scaling
import Testing

@Suite struct ScalingResultsTests {
  private func reading(_ text: String) throws -> ScalingResults {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("results-\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: file) }
    try text.write(to: file, atomically: true, encoding: .utf8)
    return try ScalingResults(file: file.path)
  }

  @Test func whatIsWrittenIsRead() throws {
    var written = try results()
    written.predictions = [
      Prediction(name: "plan", points: [.init(ranks: 2, stepSeconds: 0.1, efficiency: 0.9)])
    ]
    #expect(try reading(try written.json()) == written)
  }

  @Test func aMissingKeyIsNamed() throws {
    let text = try results().json().replacingOccurrences(of: "\"rounds\"", with: "\"turns\"")
    let error = try #require(#expect(throws: ScalingError.self) { try reading(text) })
    #expect("\(error)".contains("no key rounds"))
  }

  @Test func anotherFormIsRefused() throws {
    let text = try results().json()
      .replacingOccurrences(of: "\"formatVersion\" : 1", with: "\"formatVersion\" : 9")
    let error = try #require(#expect(throws: ScalingError.self) { try reading(text) })
    #expect("\(error)".contains("has the form 9"))
  }

  @Test func aMissingFileIsUnreadable() throws {
    let error = try #require(
      #expect(throws: ScalingError.self) { try ScalingResults(file: "/nowhere/results.json") })
    guard case .unreadable = error else {
      Issue.record("\(error)")
      return
    }
  }
}
