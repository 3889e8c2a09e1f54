import Datasets
public import Federated

/// The clients of a job and what is known of their labels.
public struct FederatedClients {
  /// The clients, with all their samples.
  public let all: [Client]
  /// The labels of the train split.
  public let labels: SampleLabels
  /// The names of the classes; empty without classes.
  public let classNames: [String]

  /// Opens the job's train split and deals it out. Local; the same on all ranks.
  public init(_ job: Job, _ data: TrainingData) throws {
    guard let settings = job.federated else { throw Failure.notFederated }
    let labels = try SampleLabels(data.train)
    self.labels = labels
    classNames = labels.classes.isEmpty ? [] : data.train.classNames
    switch settings.partition {
    case .made(let partitioner):
      let parts = try partitioner.parts(
        of: labels, clients: settings.clients ?? 1, seed: job.training.seed)
      all = parts.enumerated().map { Client(id: $0, name: "client \($0)", samples: $1) }
    case .files:
      let shards = try Self.shards(of: job)
      let names = shards.shards.map { String($0.path.split(separator: "/").last ?? "") }
      all = GivenPartition(files: names, starts: shards.starts, count: shards.count).clients
    case .attribute(let name):
      let values = try Self.shards(of: job).attribute(named: name)
      all = GivenPartition(values: values, attribute: name).clients
    }
  }

  /// Samples per client and class.
  public var table: PartitionTable {
    PartitionTable(all, labels, classNames: classNames)
  }

  private static func shards(of job: Job) throws -> ShardedDataset {
    guard case .shards(let train, _) = job.data else {
      throw Failure(
        .usage,
        "synthetic data has neither files nor attributes: choose another federated.partition")
    }
    return try TrainingData.shards(train)
  }
}

extension Failure {
  /// A federated command was given a job without the key `federated`.
  static var notFederated: Failure {
    Failure(
      .usage,
      "the job has no key \"federated\": add it (Documentation/federated.md), or use trireme train")
  }
}
