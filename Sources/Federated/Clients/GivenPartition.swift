/// Clients as the data has them: the number of its client is known for every sample.
public struct GivenPartition: Sendable {
  /// The clients in the order of their keys.
  public let clients: [Client]

  /// One client for each value that occurs, in ascending order.
  ///
  /// - Parameters:
  ///   - values: The client of each sample: a speaker's number, a hospital's.
  ///   - attribute: What the values are called, for the clients' names.
  public init(values: [Int], attribute: String) {
    var samples: [Int: [Int]] = [:]
    for (index, value) in values.enumerated() { samples[value, default: []].append(index) }
    clients = samples.sorted { $0.key < $1.key }.enumerated().map {
      Client(id: $0, name: "\(attribute) \($1.key)", samples: $1.value)
    }
  }

  /// One client for each file of a split.
  ///
  /// - Parameters:
  ///   - names: What the files are called.
  ///   - starts: The number of the first sample of each file.
  ///   - count: The samples of all files.
  public init(files names: [String], starts: [Int], count: Int) {
    clients = names.indices.map { index in
      let end = index + 1 < starts.count ? starts[index + 1] : count
      return Client(id: index, name: names[index], samples: Array(starts[index]..<end))
    }
  }
}
