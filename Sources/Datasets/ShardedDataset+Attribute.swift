import HDF5

extension ShardedDataset {
  /// One whole number a sample from a dataset `/name` that every shard must hold: the speaker of a
  /// line, the hospital of a patient. Local, blocking; reads all of it.
  ///
  /// - Throws: `DatasetError` naming the first file without such a dataset, or with another length.
  public func attribute(named name: String) throws(DatasetError) -> [Int] {
    var values: [Int] = []
    values.reserveCapacity(count)
    for shard in shards {
      let read = try reading { () throws(HDF5Error) -> [Int64]? in
        let file = try File.open(shard.path, .readOnly)
        guard try file.exists(name) else { return nil }
        return try file.dataset(name, of: Int64.self).read()
      }
      guard let read else { throw .missingDataset(file: shard.path, dataset: "/\(name)") }
      guard read.count == shard.count else {
        throw .countMismatch(
          file: shard.path, features: [shard.count] + shard.featureShape, labels: [read.count])
      }
      values += read.map(Int.init)
    }
    return values
  }
}
