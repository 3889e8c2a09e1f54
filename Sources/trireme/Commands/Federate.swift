import ArgumentParser
import Foundation
import Training

struct Federate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train the model of a job file with clients that keep their data.",
    discussion: """
      The job needs the key `federated`. Clients are shared out over ranks; the result is the same on \
      any number of them. Writes what `trireme train` writes, with one event a round.
      """)

  @OptionGroup var job: JobOptions
  @OptionGroup var options: RunOptions

  @Flag(help: "Show the samples of each client by class, and end.")
  var partitionOnly = false

  func run() throws {
    if partitionOnly {
      Launch.here {
        let job = try job.load()
        let clients = try FederatedClients(job, TrainingData(job))
        Console.print(clients.table.text + "\n\n" + clients.table.plot())
      }
    }
    let deadline = options.deadline
    Launch.onAllRanks { world in
      let settings = try world.agreeing { try job.load() }
      let folder = RunFolder(options.output ?? "runs/\(job.name)")
      let trainer = try FederatedTrainer(
        settings, output: folder, resume: options.start, deadline: deadline, on: world)
      let result = try trainer.run()
      guard world.isRoot else { return }
      if let result { Console.print("test \(result)  on \(result.samples) samples") }
      Console.print("checkpoint \(folder.latest)")
    }
  }
}
