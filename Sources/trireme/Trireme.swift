import ArgumentParser

/// The command.
@main
struct Trireme: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trireme", abstract: "Trains neural networks on CPU clusters over MPI.")
}
