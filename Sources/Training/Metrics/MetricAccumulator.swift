import MPI

/// Several metrics while a split is evaluated: their numbers so far on this rank.
package struct MetricAccumulator {
  package let metrics: [any Metric]
  private var numbers: [[Double]]

  /// No numbers yet.
  package init(_ metrics: [any Metric]) {
    self.metrics = metrics
    numbers = metrics.map { _ in [] }
  }

  /// Adds the next chunk of this rank; ranks have chunks in their own order.
  package mutating func add(_ chunk: MetricChunk) {
    for (index, metric) in metrics.enumerated() {
      let more = metric.numbers(of: chunk)
      switch metric.merging {
      case .list: numbers[index] += more
      case .sum where numbers[index].isEmpty: numbers[index] = more
      case .sum: for place in more.indices { numbers[index][place] += more[place] }
      }
    }
  }

  /// The values of this rank's chunks alone. Local.
  package func values(width: Int, loss: Double) -> [(name: String, value: MetricValue)] {
    zip(metrics, numbers).flatMap { $0.values($1, width: width, loss: loss) }
  }

  /// The values over all ranks, the same on each. Collective, blocking.
  func values(
    on communicator: Communicator, width: Int, loss: Double
  ) throws(MPIError) -> [(name: String, value: MetricValue)] {
    var total = self
    for (index, metric) in metrics.enumerated() {
      // Ranks without a chunk have no numbers.
      let parts = try gathered(numbers[index], on: communicator).filter { !$0.isEmpty }
      switch metric.merging {
      case .list: total.numbers[index] = parts.flatMap { $0 }
      case .sum:
        total.numbers[index] = parts.dropFirst().reduce(parts.first ?? []) { sum, more in
          zip(sum, more).map { $0 + $1 }
        }
      }
    }
    return total.values(width: width, loss: loss)
  }

  private func gathered(
    _ own: [Double], on communicator: Communicator
  ) throws(MPIError) -> [[Double]] {
    let counts = try communicator.allGather([Int64(own.count)]).map(Int.init)
    var flat = [Double](repeating: 0, count: counts.reduce(0, +))
    try own.withUnsafeBufferPointer { (source) throws(MPIError) in
      try flat.withUnsafeMutableBufferPointer { (target) throws(MPIError) in
        try communicator.allGather(source, into: target, counts: counts)
      }
    }
    var parts: [[Double]] = []
    var start = 0
    for count in counts {
      parts.append(Array(flat[start..<start + count]))
      start += count
    }
    return parts
  }
}
