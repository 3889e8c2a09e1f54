import Datasets
import Foundation
public import MPI
public import Neighbours

/// k-nearest-neighbour classification or regression of a job's test split by its train split: what a
/// network has to beat.
public struct NeighbourBaseline {
  /// What came out.
  public struct Report: Sendable {
    /// Share of correct classes; nil for targets.
    public let accuracy: Double?
    /// Root of the mean squared error over samples and outputs; nil for classes.
    public let rootMeanSquaredError: Double?
    /// 1 - sum e^2 / sum (y - mean)^2, the mean over outputs; nil for classes.
    public let determination: Double?
    /// The neighbours of each sample of the test split.
    public let neighbours: [[Neighbour]]
    /// The class, or the targets, of each.
    public let predictions: [[Double]]
  }

  private let train: any SampleSource
  private let test: any SampleSource
  private let count: Int
  private let weighting: NeighbourPrediction.Weighting

  /// Opens the splits of `job`. Local.
  ///
  /// - Parameter count: The number of neighbours, k.
  /// - Throws: `Failure` if there is no test split, or k is more than there are samples; `DatasetError`.
  public init(_ job: Job, count: Int, weighting: NeighbourPrediction.Weighting) throws {
    let data = try TrainingData(job)
    guard let test = data.test else {
      throw Failure(.usage, "the job names no test split: give data.test")
    }
    guard count <= data.train.count else {
      throw Failure(
        .usage, "\(count) neighbours are asked for, the train split has \(data.train.count) samples"
      )
    }
    guard data.train.classCount == nil || data.train.labelCount == 1 else {
      throw Failure(
        .usage, "neighbours vote on one class a sample, not on \(data.train.labelCount)")
    }
    (train, self.test, self.count, self.weighting) = (data.train, test, count, weighting)
  }

  /// Finds the neighbours of all test samples and what they say. Collective, blocking.
  public func run(on world: Communicator) throws -> Report {
    let search = NearestNeighbours(train, count: count)
    let local = try world.agreeing {
      try search.search(test, rank: world.rank, of: world.size)
    }
    let neighbours = try search.merged(local, on: world)
    let labels = try world.agreeing { try test.read(Array(0..<test.count)) }
    guard let classes = train.classCount else {
      let predictions = neighbours.map { NeighbourPrediction.targets($0, weighting) }
      return regression(neighbours, predictions, labels.targets.map(Double.init))
    }
    let predictions = neighbours.map {
      NeighbourPrediction.label($0, classes: classes, weighting)
    }
    let correct = zip(predictions, labels.classes).count { $0 == Int($1) }
    return Report(
      accuracy: Double(correct) / Double(max(1, test.count)), rootMeanSquaredError: nil,
      determination: nil, neighbours: neighbours, predictions: predictions.map { [Double($0)] })
  }

  private func regression(
    _ neighbours: [[Neighbour]], _ predictions: [[Double]], _ targets: [Double]
  ) -> Report {
    let width = test.labelCount
    var squares = 0.0
    var determination = 0.0
    for output in 0..<width {
      let column = predictions.indices.map { targets[$0 * width + output] }
      let mean = column.reduce(0, +) / Double(max(1, column.count))
      let total = column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let error = zip(column, predictions).reduce(0) {
        $0 + ($1.0 - $1.1[output]) * ($1.0 - $1.1[output])
      }
      squares += error
      determination += total > 0 ? 1 - error / total : error == 0 ? 1 : 0
    }
    return Report(
      accuracy: nil,
      rootMeanSquaredError: (squares / Double(max(1, targets.count))).squareRoot(),
      determination: determination / Double(max(1, width)), neighbours: neighbours,
      predictions: predictions)
  }
}

extension NeighbourBaseline.Report: CustomStringConvertible {
  /// The figures for people.
  public var description: String {
    if let accuracy { return String(format: "accuracy %.4f", accuracy) }
    return String(
      format: "RMSE %.4f  R2 %.4f", rootMeanSquaredError ?? .nan, determination ?? .nan)
  }

  /// The figures as one JSON object.
  public var json: String {
    func number(_ value: Double?) -> String {
      value.flatMap { $0.isFinite ? "\($0)" : nil } ?? "null"
    }
    return "{\"accuracy\":\(number(accuracy)),\"rmse\":\(number(rootMeanSquaredError)),"
      + "\"r2\":\(number(determination)),\"samples\":\(predictions.count)}"
  }

  /// Writes a line a sample: prediction, indices and distances of its neighbours, nearest first.
  ///
  /// - Throws: `Failure` if the file exists or cannot be written.
  public func write(to path: String) throws {
    guard !FileManager.default.fileExists(atPath: path) else {
      throw Failure(.usage, "\(path) exists; choose another --output")
    }
    let width = predictions.first?.count ?? 0
    let places = (neighbours.first ?? []).indices
    let columns =
      (accuracy == nil ? (0..<width).map { "y\($0)" } : ["class"])
      + places.map { "index\($0)" } + places.map { "distance\($0)" }
    var lines = [columns.joined(separator: ",")]
    for (prediction, list) in zip(predictions, neighbours) {
      let values = prediction.map { accuracy == nil ? "\($0)" : "\(Int($0))" }
      lines.append(
        (values + list.map { "\($0.index)" } + list.map { "\($0.distance)" })
          .joined(separator: ","))
    }
    try Failure.write(lines.joined(separator: "\n") + "\n", to: path)
  }
}
