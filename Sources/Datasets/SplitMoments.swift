/// Mean and deviation of the features of a split, in parts that ranks share out.
///
/// Parts are stretches of chunks, always as many; each is computed by one rank in the order of the files,
/// and all are put together in their order (Chan, Golub, LeVeque 1979): the same bits on any number of
/// ranks.
public struct SplitMoments {
  /// What has a mean of its own.
  public enum Grain: Sendable {
    /// Each position along the first axis of a sample.
    case channels
    /// Each feature.
    case features
  }

  /// Number of parts.
  public static let partCount = 16

  /// Numbers that describe a part: its count, then means, then sums of squares.
  public var numbersPerPart: Int { 1 + 2 * width }

  private let dataset: ShardedDataset
  private let width: Int

  /// The moments of all samples of `dataset`.
  public init(_ dataset: ShardedDataset, _ grain: Grain) {
    self.dataset = dataset
    width =
      grain == .features ? dataset.featureCount : max(1, dataset.featureShape.first ?? 1)
  }

  /// Computes part `part`. Blocks.
  ///
  /// - Throws: `DatasetError` for damage, and for a feature that is not finite.
  public func numbers(ofPart part: Int) throws(DatasetError) -> [Double] {
    let (chunks, files) = (dataset.reader.chunks, dataset.reader.files)
    let converter = RowConverter(
      from: dataset.shards[0].featureType, shape: dataset.featureShape, normalization: nil)
    let size = dataset.featureCount / width
    var row = [Float](repeating: 0, count: dataset.featureCount)
    var numbers = [Double](repeating: 0, count: numbersPerPart)
    var scratch = ShardScratch()
    let range = part * chunks.count / Self.partCount..<(part + 1) * chunks.count / Self.partCount
    for chunk in range {
      let (shard, rows) = chunks.rows(of: chunk)
      let rowBytes = dataset.shards[shard].featureByteCount
      scratch.reserve(rows.count, rowBytes: rowBytes, labelCount: files.labelCount)
      try files.load(rows, of: shard, into: scratch.features, scratch.labels)
      for index in 0..<rows.count {
        guard converter.convert(scratch.features + index * rowBytes, into: &row) else {
          throw .notFinite(
            file: dataset.shards[shard].path, dataset: "/features", index: rows.lowerBound + index)
        }
        Self.add(row, size: size, width: width, to: &numbers)
      }
    }
    return numbers
  }

  /// Adds one sample (Welford 1962, by the mean and the squares of each group of `size` features).
  private static func add(_ row: [Float], size: Int, width: Int, to numbers: inout [Double]) {
    let before = numbers[0]
    let share = 1 / (before + 1)
    for group in 0..<width {
      var sum = 0.0
      for index in group * size..<(group + 1) * size { sum += Double(row[index]) }
      let mean = sum / Double(max(1, size))
      var squares = 0.0
      for index in group * size..<(group + 1) * size {
        squares += (Double(row[index]) - mean) * (Double(row[index]) - mean)
      }
      let difference = mean - numbers[1 + group]
      numbers[1 + group] += difference * share
      numbers[1 + width + group] +=
        squares + difference * difference * before * share * Double(size)
    }
    numbers[0] += 1
  }

  /// The normalisation by the numbers of all parts, in order; deviations are the population's, 1 where
  /// they would be 0.
  public func normalization(_ numbers: [Double]) -> Normalization? {
    let size = Double(dataset.featureCount / width)
    var count = 0.0
    var mean = [Double](repeating: 0, count: width)
    var squares = mean
    for part in 0..<Self.partCount {
      let start = part * numbersPerPart
      let added = numbers[start]
      guard added > 0 else { continue }
      for group in 0..<width {
        let difference = numbers[start + 1 + group] - mean[group]
        mean[group] += difference * added / (count + added)
        squares[group] +=
          numbers[start + 1 + width + group] + size * difference * difference * count * added
          / (count + added)
      }
      count += added
    }
    let deviation = squares.map { square -> Float in
      let deviation = Float((square / max(1, count * size)).squareRoot())
      return deviation > 0 ? deviation : 1
    }
    return Normalization(mean: mean.map(Float.init), deviation: deviation)
  }
}
