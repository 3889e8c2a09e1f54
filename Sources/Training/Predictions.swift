import Foundation
import HDF5

/// What a model says of samples.
public struct Predictions: Sendable {
  /// Samples x ``sampleShape``, row-major.
  public let values: [Float]
  /// The shape of one sample's prediction.
  public let sampleShape: [Int]
  /// Number of samples.
  public let count: Int
  /// Whether the values are probabilities of classes.
  public let areProbabilities: Bool

  /// Writes `/predictions` to a new HDF5 file, or CSV to a new file or standard output.
  ///
  /// - Throws: `Failure` if the file exists or cannot be written; `HDF5Error`.
  public func write(to path: String?) throws {
    guard let path else {
      for line in csv { Console.print(line) }
      return
    }
    guard !FileManager.default.fileExists(atPath: path) else {
      throw Failure(.usage, "\(path) exists; choose another --output")
    }
    if path.hasSuffix(".h5") || path.hasSuffix(".hdf5") {
      let file = try File.create(path, mode: .exclusive)
      let data = try file.createDataset(
        "predictions", shape: [count] + sampleShape, of: Float.self)
      try data.write(values)
      return
    }
    try Failure.write(csv.joined(separator: "\n") + "\n", to: path)
  }

  /// A header and one line a sample.
  var csv: [String] {
    let width = sampleShape.reduce(1, *)
    let columns = (0..<width).map { areProbabilities ? "p\($0)" : "y\($0)" }
    var lines = [
      (areProbabilities ? ["class"] : []).joined() + (areProbabilities ? "," : "")
        + columns.joined(separator: ",")
    ]
    for sample in 0..<count {
      let row = values[sample * width..<(sample + 1) * width]
      var fields = row.map { "\($0)" }
      if areProbabilities {
        let best = row.indices.max { (row[$0], $1) < (row[$1], $0) }.map { $0 - row.startIndex }
        fields.insert("\(best ?? 0)", at: 0)
      }
      lines.append(fields.joined(separator: ","))
    }
    return lines
  }
}
