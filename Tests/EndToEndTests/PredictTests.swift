import Foundation
import HDF5
import Testing

extension EndToEnd {
  @Suite struct PredictTests {
    let folder: TemporaryFolder
    let run: TrainedFolder
    let input = data("digits/test.h5")

    init() throws {
      folder = try TemporaryFolder()
      run = try TrainedFolder.train(digits, in: folder("run"), set: ["training.steps=60"])
    }

    private func predict(_ arguments: String..., ranks: Int? = nil) throws -> Command {
      try Command.run(["predict", run.latest] + arguments, ranks: ranks)
    }

    /// The rows of numbers below a header.
    private func rows(_ csv: String) -> [[Double]] {
      csv.split(separator: "\n").dropFirst().map {
        $0.split(separator: ",").compactMap { Double($0) }
      }
    }

    @Test func headerNamesClassAndProbabilities() throws {
      let header = try predict("--input", input).stdout.split(separator: "\n").first
      #expect(header == "class,p0,p1,p2,p3,p4,p5,p6,p7,p8,p9")
    }

    @Test func everySampleGetsProbabilitiesThatSumToOne() throws {
      let rows = rows(try predict("--input", input).stdout)
      #expect(rows.count == 360)
      #expect(rows.allSatisfy { abs($0.dropFirst().reduce(0, +) - 1) < 1e-5 })
    }

    @Test func classIsTheMostProbableOne() throws {
      for row in rows(try predict("--input", input).stdout) {
        let probabilities = Array(row.dropFirst())
        #expect(row[0] == Double(probabilities.firstIndex(of: probabilities.max() ?? 0) ?? -1))
      }
    }

    @Test func classesAgreeWithTheMeasuredAccuracy() throws {
      let classes = rows(try predict("--input", input).stdout).map { Int32($0[0]) }
      let labels = try File.open(input).dataset("labels", of: Int32.self).read()
      let correct = zip(classes, labels).count { $0 == $1 }
      let accuracy = try run.accuracy()
      // Foundation reads JSON numbers to the last bit but one.
      #expect(abs(accuracy - Double(correct) / 360) < 1e-12)
    }

    @Test func hdf5OutputHoldsTheProbabilitiesOfTheTable() throws {
      let output = folder("p.h5")
      #expect(try predict("--input", input, "--output", output).exitCode == 0)
      let values = try File.open(output).dataset("predictions", of: Float.self).read()
      let table = rows(try predict("--input", input).stdout).flatMap { $0.dropFirst() }
      #expect(values == table.map { Float($0) })
    }

    @Test func tableGivesThePredictionsOfTheFileItWasMadeFrom() throws {
      let features = try File.open(input).dataset("features", of: Float.self).read()
      let lines = stride(from: 0, to: features.count, by: 64).map { start in
        features[start..<start + 64].map { "\($0)" }.joined(separator: ",")
      }
      let header = (0..<64).map { "pixel\($0)" }.joined(separator: ",")
      let table = try folder.write(
        ([header] + lines).joined(separator: "\r\n") + "\r\n\r\n", as: "in.csv")
      let command = try predict("--input", table, "--output", folder("out.csv"))
      #expect(command.exitCode == 0, "\(command.stderr)")
      let output = try String(contentsOfFile: folder("out.csv"), encoding: .utf8)
      #expect(try output == predict("--input", input).stdout)
    }

    @Test(arguments: ["p.csv", "p.h5"]) func existingOutputIsRefused(name: String) throws {
      let output = try folder.write("mine", as: name)
      let command = try predict("--input", input, "--output", output)
      #expect(command.exitCode == 2)
      #expect(command.stderr.contains("\(output) exists"))
      #expect(try String(contentsOfFile: output, encoding: .utf8) == "mine")
    }

    @Test(arguments: [
      ("1,2,3\n", "in.csv:1: 3 columns, the model wants 64"), ("", "no samples"),
      (Array(repeating: "1", count: 63).joined(separator: ",") + ",x\n", "in.csv:1: column 64"),
    ])
    func badTableIsRefused(text: String, message: String) throws {
      let command = try predict("--input", try folder.write(text, as: "in.csv"))
      #expect(command.exitCode == 65)
      #expect(command.stderr.contains(message), "\(command.stderr)")
    }

    @Test func severalRanksPredictOnce() throws {
      let command = try predict("--input", input, ranks: 2)
      #expect(command.stdout.split(separator: "\n").count == 361)
    }
  }
}
