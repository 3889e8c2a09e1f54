import Foundation
import Testing

extension EndToEnd {
  /// A part of what `Tests/kills.sh` does with 200 kills.
  @Suite struct KillTests {
    @Test func trainingsKilledAtRandomMomentsEndWithTheSameBits() throws {
      let command = try Command.run(
        words: ["bash", "\(EndToEnd.root)/Tests/kills.sh", "--count", "10", "--seed", "7"],
        timeout: 600)
      #expect(command.exitCode == 0, "\(command.stdout)\(command.stderr)")
      #expect(command.stdout.contains("10 of 10 kills ended with the same bits"))
    }
  }
}
