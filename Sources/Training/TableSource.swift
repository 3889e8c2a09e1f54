public import Datasets
import Foundation

/// The samples of a CSV file, one a line, kept in memory: for prediction.
public final class TableSource: SampleSource {
  /// The file's path.
  public let name: String
  /// Lines with numbers.
  public let count: Int
  /// Shape of one sample.
  public let featureShape: [Int]
  /// Empty: there are no labels.
  public let labelShape: [Int] = []
  /// None.
  public let labelKind = LabelKind.none
  /// None.
  public let classNames: [String] = []
  private let values: [Float]

  /// Reads a file; a first line that is no numbers is a header.
  ///
  /// - Throws: `Failure` naming file, line and column.
  public init(csv path: String, sampleShape: [Int], normalization: Normalization?) throws {
    let text: String
    do {
      text = try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      throw Failure(.badData, "\(path): cannot be read: \(Failure.reason(of: error))")
    }
    let width = sampleShape.reduce(1, *)
    let channel = width / max(1, sampleShape.first ?? 1)
    var values: [Float] = []
    var samples = 0
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (number, line) in lines.enumerated() where !line.allSatisfy(\.isWhitespace) {
      let fields = line.split(separator: ",", omittingEmptySubsequences: false).map {
        Float($0.trimmingCharacters(in: .whitespaces))
      }
      if number == 0, fields.allSatisfy({ $0 == nil }) { continue }
      guard fields.count == width else {
        throw Failure(
          .badData, "\(path):\(number + 1): \(fields.count) columns, the model wants \(width)")
      }
      for (column, field) in fields.enumerated() {
        guard let field, field.isFinite else {
          throw Failure(.badData, "\(path):\(number + 1): column \(column + 1) is no number")
        }
        guard let normalization else {
          values.append(field)
          continue
        }
        let index = normalization.mean.count == 1 ? 0 : column / channel
        values.append((field - normalization.mean[index]) / normalization.deviation[index])
      }
      samples += 1
    }
    guard samples > 0 else { throw Failure(.badData, "\(path): no samples") }
    name = path
    count = samples
    featureShape = sampleShape
    self.values = values
  }

  /// Copies samples; labels are left alone.
  public func read(
    _ indices: UnsafeBufferPointer<Int>, into features: UnsafeMutableBufferPointer<Float>,
    labels: LabelBuffer
  ) throws(DatasetError) {
    let width = featureCount
    for (row, index) in indices.enumerated() {
      for column in 0..<width { features[row * width + column] = values[index * width + column] }
    }
  }
}
