import ArgumentParser

/// The command: one subcommand a file in `Commands/`.
@main
struct Trireme: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trireme",
    abstract: "Trains neural networks on CPU clusters over MPI.",
    discussion: """
      Start it with mpirun or srun for several ranks; the same job file gives the same \
      training:

          trireme train jobs/digits-cnn.yaml
          mpirun -n 4 trireme train jobs/digits-cnn.yaml

      Exit codes: 0 done, 1 compared or measured and fallen short, 2 wrong usage or job file, 65 bad data, 70 internal, 74 files or a bad \
      checkpoint, 75 checkpointed and wants a requeue, 76 a rank was lost, 77 the loss diverged.
      """,
    version: "0.1.0",
    subcommands: [
      Train.self, Federate.self, Privacy.self, Evaluate.self, Predict.self, Graph.self, Bench.self,
      Scale.self,
      DataCommand.self, CheckpointCommand.self, KNN.self, DoctorCommand.self, Submit.self,
      PlanCommand.self,
    ])

  /// Parses and runs; usage errors end with 2, as the manual's table says.
  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      // All ranks meet the same help and the same usage error.
      guard Launch.rank == 0 else { exit() }
      let code = exitCode(for: error)
      guard code == .validationFailure else { exit(withError: error) }
      Launch.fail(.usage, fullMessage(for: error))
    }
  }
}
