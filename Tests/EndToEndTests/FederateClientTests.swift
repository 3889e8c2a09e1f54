import Foundation
import Testing

extension EndToEnd {
  /// Clients that are no use, as shards: a message names each, and none ends the job without one.
  @Suite struct FederateClientTests {
    let folder: TemporaryFolder
    let good: String

    init() throws {
      folder = try TemporaryFolder()
      good = try BadShards.write(folder("good.h5"), count: 40)
    }

    private func federate(
      _ shards: [String], ranks: Int? = nil, set: [String] = []
    ) throws -> Command {
      let shards = shards.joined(separator: ", ")
      var arguments = TrainedFolder.arguments(
        FederateTests.job, folder("run"),
        set: [
          "data.train=[\(shards)]", "federated.partition=files", "federated.clients=data",
          "federated.cohort=all", "federated.rounds=2",
        ] + set)
      arguments[0] = "federate"
      return try Command.run(arguments, ranks: ranks, timeout: 60)
    }

    @Test(arguments: [nil, "federated.silos={count: 2}"])
    func aClientOfAnotherShapeIsRefusedByName(silos: String?) throws {
      let other = try BadShards.write(folder("other.h5"), shape: [1, 9, 9])
      let command = try federate([good, other], ranks: 2, set: silos.map { [$0] } ?? [])
      #expect(command.exitCode == 65)
      #expect(command.stderr.contains("other.h5"), "\(command.stderr)")
    }

    @Test(arguments: [nil, "federated.silos={count: 2}"])
    func aClientWithNaNIsLeftOutByName(silos: String?) throws {
      let poisoned = try BadShards.write(folder("poisoned.h5")) { features, _ in
        features[77] = .nan
      }
      let command = try federate([good, poisoned], ranks: 2, set: silos.map { [$0] } ?? [])
      #expect(command.exitCode == 0, "\(command.stderr)")
      #expect(command.stdout.contains("1 of 2 clients"), "\(command.stdout)")
      #expect(command.stderr.contains("left out poisoned.h5"), "\(command.stderr)")
    }

    @Test func aSampleThatIsNotFiniteLeavesOutItsClientOfAnyPartition() throws {
      let poisoned = try BadShards.write(folder("poisoned.h5"), count: 40) { features, _ in
        features[77] = .nan
      }
      let command = try federate(
        [good, poisoned], set: ["federated.partition=iid", "federated.clients=4"])
      #expect(command.exitCode == 0, "\(command.stderr)")
      #expect(command.stdout.contains("3 of 4 clients"), "\(command.stdout)")
      #expect(command.stderr.contains("poisoned.h5: /features[1] holds NaN"), "\(command.stderr)")
    }

    @Test func aClientWithoutDataIsRefusedByName() throws {
      let empty = try BadShards.write(folder("empty.h5"), count: 0)
      let command = try federate([good, empty], ranks: 2)
      #expect(command.exitCode == 65)
      #expect(command.stderr.contains("empty.h5: holds no samples"), "\(command.stderr)")
    }
  }
}
