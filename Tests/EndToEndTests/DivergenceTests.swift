import Foundation
import Testing

extension EndToEnd {
  /// Trainings whose loss stops being a number.
  @Suite struct DivergenceTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A run of 20 good steps, to go on with a rate that no training survives.
    private func start() throws -> TrainedFolder {
      try TrainedFolder.train(
        digits, in: folder("run"), ranks: 2,
        set: ["training.steps=20", "checkpoint.everySteps=20"])
    }

    private func goOn(_ run: TrainedFolder, _ set: [String]) throws -> Command {
      let set =
        ["training.steps=40", "checkpoint.everySteps=20", "optimizer.adam.learningRate=1e30"] + set
      return try Command.run(
        TrainedFolder.arguments(digits, run.path, set: set, resume: "auto"), ranks: 2)
    }

    @Test func lossThatIsNoNumberEndsTheRunWithTheFirstBadTensor() throws {
      let run = try start()
      let command = try goOn(run, [])
      #expect(command.exitCode == 77)
      #expect(
        command.stderr.contains(/step \d+: the loss is (not a number|infinite); the first tensor/),
        "\(command.stderr)")
      #expect(command.stderr.contains(/layers\.\d\.(weight|bias)/), "\(command.stderr)")
      #expect(try Command.run("checkpoint", "verify", run.latest).exitCode == 0)
    }

    @Test func runGoesBackAndOnAtALowerRate() throws {
      let run = try start()
      let command = try goOn(
        run,
        ["divergence={skips: 1, rollbacks: 1, rateFactor: 1e-33}"])
      #expect(command.exitCode == 0, "\(command.stderr)")
      #expect(command.stderr.contains("left out (1 in a row)"), "\(command.stderr)")
      #expect(
        command.stderr.contains("back to step 20, learning rate x 1e-33"), "\(command.stderr)")
      #expect(try run.events("rollback").count == 1)
      #expect(try run.events("end").last?["step"] as? Int == 40)
      let inspection = try Command.run("checkpoint", "inspect", run.latest)
      #expect(inspection.stdout.contains("divergence.rateFactor = 1e-33"))
      #expect(!inspection.stdout.contains("NOT FINITE"))
    }

    @Test func rollbacksComeToAnEnd() throws {
      let run = try start()
      let command = try goOn(run, ["divergence={rollbacks: 2, rateFactor: 1}"])
      #expect(command.exitCode == 77)
      #expect(try run.events("rollback").count == 2)
    }

    @Test func lossThatExplodesIsLeftOut() throws {
      let run = try start()
      let command = try goOn(run, ["divergence={skips: 100, explosion: 3}"])
      // The first step destroys the parameters before its loss shows it; none after it is taken.
      #expect(command.exitCode == 0, "\(command.stderr)")
      #expect(try run.events("skip").count == 19)
    }
  }
}
