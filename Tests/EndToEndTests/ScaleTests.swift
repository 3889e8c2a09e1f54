import Foundation
import Testing

extension EndToEnd {
  @Suite struct ScaleTests {
    /// A test of a few steps on one and two ranks, whatever cores there are.
    private func scale(_ folder: TemporaryFolder, _ further: String...) throws -> Command {
      try Command.run(
        [
          "scale", digits, "--ranks", "1,2", "--repeat", "1", "--seconds", "0.05",
          "--oversubscribe",
          "--output", folder("out"),
        ] + further)
    }

    private func results(_ folder: TemporaryFolder) throws -> [String: Any] {
      let data = try Data(contentsOf: URL(fileURLWithPath: folder("out/results.json")))
      return try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    @Test func writesResultsAndAPage() throws {
      let folder = try TemporaryFolder()
      let command = try scale(folder, "--mode", "both")
      #expect(command.exitCode == 0, "\(command.stdout)\(command.stderr)")
      #expect(command.stdout.contains("Strong scaling") && command.stdout.contains("Weak scaling"))
      let series = try #require(try results(folder)["series"] as? [[String: Any]])
      #expect(series.compactMap { $0["mode"] as? String } == ["strong", "weak"])
      for one in series {
        let points = try #require(one["points"] as? [[String: Any]])
        #expect(points.compactMap { $0["ranks"] as? Int } == [1, 2])
        // The job's samples were read, and a checkpoint was written.
        let split = try #require(points[0]["split"] as? [String: Any])
        #expect(split["input"] as? Double ?? 0 > 0)
        #expect(split["checkpoint"] as? Double != nil)
      }
      let page = try String(contentsOfFile: folder("out/report.html"), encoding: .utf8)
      #expect(page.contains("</html>"))
      if Command.isInstalled("gnuplot") {
        #expect(page.components(separatedBy: "</svg>").count == 8)
      }
      let left = try FileManager.default.contentsOfDirectory(atPath: folder("out"))
      #expect(Set(left) == ["results.json", "report.html"])
    }

    /// A launcher that starts nothing, but prints measurements in which two ranks are `slowness` times
    /// slower than they should be.
    private func pretender(_ folder: TemporaryFolder, slowness: Double) throws -> String {
      let row =
        "\"hosts\":1,\"cores\":2,\"threads\":1,\"algorithm\":\"window\",\"samples\":16,\"gradientBytes\":4096,\"aloneMicroseconds\":500,\"lastEfficiency\":1,\"inputMicroseconds\":0,\"computeMicroseconds\":500,\"imbalanceMicroseconds\":0,\"exposedMicroseconds\":0,\"hiddenMicroseconds\":0"
      let script = """
        case "$*" in
        *allreduce*) echo '{"ranks":2,"rows":[],"rooflineGBps":10}' ;;
        *) step=1000; [ $1 = 1 ] || step=\(Int(500 * slowness))
          echo "{\\"ranks\\":$1,\\"stepMicroseconds\\":$step,\(row.replacingOccurrences(of: "\"", with: "\\\""))}" ;;
        esac
        """
      return "sh \(try folder.write(script, as: "pretend.sh")) {ranks}"
    }

    private func pretended(
      _ folder: TemporaryFolder, slowness: Double, output: String, _ further: [String]
    ) throws -> Command {
      try Command.run(
        [
          "scale", iris, "--ranks", "1,2", "--repeat", "3", "--oversubscribe", "--launcher",
          try pretender(folder, slowness: slowness), "--output", folder(output),
        ] + further)
    }

    @Test(.enabled(if: ProcessInfo.processInfo.activeProcessorCount >= 2))
    func endsWithOneBelowTheRequiredEfficiency() throws {
      let folder = try TemporaryFolder()
      let bad = try pretended(
        folder, slowness: 1.25, output: "bad", ["--require-efficiency", "0.9"])
      #expect(bad.exitCode == 1)
      #expect(bad.stdout.contains("FAILED  strong scaling on 2 ranks: efficiency 80.0 %"))
      let good = try pretended(
        folder, slowness: 1, output: "good", ["--require-efficiency", "0.9"])
      #expect(good.exitCode == 0, "\(good.stdout)\(good.stderr)")
    }

    @Test func endsWithOneOnALossAgainstTheBaseline() throws {
      let folder = try TemporaryFolder()
      let before = try pretended(folder, slowness: 1, output: "before", [])
      #expect(before.exitCode == 0, "\(before.stderr)")
      let after = try pretended(
        folder, slowness: 1.25, output: "after", ["--baseline", folder("before/results.json")])
      #expect(after.exitCode == 1)
      #expect(after.stdout.contains("LOSS"))
      let same = try pretended(
        folder, slowness: 1, output: "same", ["--baseline", folder("before/results.json")])
      #expect(same.exitCode == 0, "\(same.stdout)")
    }

    @Test func refusesMoreRanksThanCores() throws {
      let folder = try TemporaryFolder()
      let command = try Command.run(
        "scale", iris, "--ranks", "1,4096", "--set", "training.globalBatch=4096", "--output",
        folder("out"))
      #expect(command.exitCode == 2)
      #expect(command.stderr.contains("add --oversubscribe to see the shape only"))
    }

    @Test(arguments: [
      ["--ranks", "1,x"], ["--ranks", "0"], ["--ranks", "1,2", "--mode", "odd"],
      ["--ranks", "1", "--require-efficiency", "0.9"],
      ["--ranks", "1,2", "--require-efficiency", "90"], ["--ranks", "1,2", "--repeat", "0"],
    ])
    func wrongOptionsEndWithTwo(options: [String]) throws {
      #expect(try Command.run(["scale", iris] + options).exitCode == 2)
    }

    @Test func aBadBaselineIsToldBeforeAnythingIsMeasured() throws {
      let folder = try TemporaryFolder()
      let file = try folder.write("{}", as: "results.json")
      let command = try scale(folder, "--baseline", file)
      #expect(command.exitCode == 65)
      #expect(command.stderr.contains("is no results.json of trireme scale"))
      #expect(!command.stderr.contains("warm-up"))
    }

    @Test func missingDataEndWithTheCodeOfTheRun() throws {
      let folder = try TemporaryFolder()
      let command = try scale(folder, "--set", "data.train=\(folder("nothing-*.h5"))")
      #expect(command.exitCode == 65, "\(command.stderr)")
      #expect(command.stderr.contains("the run on 1 rank ended with exit code 65"))
    }

    @Test func isStartedByItself() throws {
      let command = try Command.run("scale", iris, "--ranks", "1", ranks: 2)
      #expect(command.exitCode == 2)
      #expect(command.stderr.contains("start trireme scale once and by itself"))
    }
  }
}
