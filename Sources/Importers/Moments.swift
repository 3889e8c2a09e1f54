public import Datasets
import HDF5

// Note [Statistics over ranks]
//
// The train split is cut into blocks of a fixed number of samples. Each block's count, mean and sum
// of squares are computed by one rank, in two passes over memory; blocks are then put together in
// their order (Chan, Golub, LeVeque 1979), on every rank alike. So the bits do not depend on ranks.

/// Mean and deviation of each channel of a split, block by block.
public struct Moments {
  /// Numbers that describe one block: mean and sum of squares of each channel.
  public let numbersPerBlock: Int
  /// Number of blocks.
  public let blockCount: Int

  private let samples: any SourceSamples
  private let list: SampleList
  private let rowsPerBlock: Int
  private let channels: Int

  /// The moments of the samples `list`.
  public init(of samples: any SourceSamples, _ list: SampleList) {
    (self.samples, self.list) = (samples, list)
    let bytes = max(1, samples.layout.featureByteCount)
    rowsPerBlock = max(1, min(1024, (4 << 20) / bytes))
    blockCount = (list.count + rowsPerBlock - 1) / rowsPerBlock
    channels = max(1, samples.layout.featureShape.first ?? 1)
    numbersPerBlock = 2 * channels
  }

  private func rows(ofBlock block: Int) -> Range<Int> {
    block * rowsPerBlock..<min((block + 1) * rowsPerBlock, list.count)
  }

  /// Computes block `block`.
  ///
  /// - Throws: what reading throws; `ImportError` for a feature that is not finite.
  public func numbers(ofBlock block: Int) throws -> [Double] {
    let layout = samples.layout
    let rowBytes = layout.featureByteCount
    let channelSize = layout.featureShape.dropFirst().reduce(1, *)
    let rows = rows(ofBlock: block)
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(1, rows.count * rowBytes), alignment: 64)
    defer { memory.deallocate() }
    for row in rows {
      let start = (row - rows.lowerBound) * rowBytes
      try samples.readFeatures(
        list[row], into: UnsafeMutableRawBufferPointer(rebasing: memory[start..<start + rowBytes]))
    }
    guard let base = memory.baseAddress else { return [] }
    var numbers = [Double](repeating: 0, count: numbersPerBlock)
    let count = Double(rows.count * channelSize)
    guard count > 0 else { return numbers }
    func pass(_ body: (_ channel: Int, _ start: UnsafeRawPointer) -> Void) {
      for row in 0..<rows.count {
        for channel in 0..<channels {
          body(
            channel,
            base + row * rowBytes + channel * channelSize * layout.featureType.byteCount)
        }
      }
    }
    pass { channel, start in
      var sum = 0.0
      layout.featureType.forEach(start, count: channelSize) { sum += $1 }
      numbers[channel] += sum
    }
    for channel in 0..<channels { numbers[channel] /= count }
    guard numbers.allSatisfy(\.isFinite) else {
      throw ImportError(
        layout.name, "",
        "has a feature that is NaN or infinite among samples \(list[rows.lowerBound]) "
          + "and the \(rows.count - 1) that are written behind it; --scaling none imports them as they are"
      )
    }
    pass { channel, start in
      let mean = numbers[channel]
      var sum = 0.0
      layout.featureType.forEach(start, count: channelSize) { sum += ($1 - mean) * ($1 - mean) }
      numbers[channels + channel] += sum
    }
    return numbers
  }

  /// Mean and deviation (the population's; 1 where it would be 0) of the blocks' numbers, in order.
  public func normalization(_ numbers: [Double]) -> Normalization? {
    let channelSize = samples.layout.featureShape.dropFirst().reduce(1, *)
    var count = 0.0
    var mean = [Double](repeating: 0, count: channels)
    var squares = mean
    for block in 0..<blockCount {
      let added = Double(rows(ofBlock: block).count * channelSize)
      guard added > 0 else { continue }
      for channel in 0..<channels {
        let start = block * numbersPerBlock
        let difference = numbers[start + channel] - mean[channel]
        mean[channel] += difference * added / (count + added)
        squares[channel] +=
          numbers[start + channels + channel] + difference * difference * count * added
          / (count + added)
      }
      count += added
    }
    let deviation = squares.map { square -> Float in
      let deviation = Float((square / max(1, count)).squareRoot())
      return deviation > 0 ? deviation : 1
    }
    return Normalization(mean: mean.map(Float.init), deviation: deviation)
  }
}
