import Datasets
import MPI

extension TrainingData {
  /// Sets how features become inputs, if the job does not leave it to the files. Collective, blocking:
  /// the ranks share out the train split.
  func normalize(_ choice: Job.NormalizationChoice, on world: Communicator) throws {
    guard let dataset = train as? ShardedDataset, choice != .file else { return }
    let normalization: Normalization?
    switch choice {
    case .file: return
    case .none: normalization = Normalization(mean: [0], deviation: [1])
    case .channels, .features:
      let moments = SplitMoments(dataset, choice == .features ? .features : .channels)
      let size = moments.numbersPerPart
      var numbers = [Double](repeating: 0, count: SplitMoments.partCount * size)
      try world.agreeing {
        for part in stride(from: world.rank, to: SplitMoments.partCount, by: world.size) {
          numbers.replaceSubrange(
            part * size..<(part + 1) * size, with: try moments.numbers(ofPart: part))
        }
      }
      // One rank has the number, the others zero: the sum is exact.
      try world.allReduce(&numbers, .sum)
      normalization = moments.normalization(numbers)
    }
    guard let normalization else { return }
    dataset.normalize(by: normalization)
    (test as? ShardedDataset)?.normalize(by: normalization)
  }
}
