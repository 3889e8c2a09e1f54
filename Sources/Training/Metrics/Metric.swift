/// A number about the predictions for a whole split, which is not a mean over batches.
///
/// Each chunk of a split gives an array of numbers. The arrays meet over chunks and ranks by
/// ``merging``, in an order that does not depend on the number of ranks; the value is worked out at the
/// end. So every metric is exact, on any number of ranks.
///
/// Adding one means: a struct here, one line in the job file's registry, a test.
public protocol Metric: Hashable, Sendable {
  /// The name in job files, for example `macroF1`.
  var name: String { get }
  /// Whether labels must be classes, or numbers; nil if it does not matter.
  var takesClasses: Bool? { get }
  /// How the numbers of chunks meet.
  var merging: MetricMerging { get }
  /// The name under which the first value is reported; ``name`` unless said otherwise.
  var valueName: String { get }
  /// Whether smaller values are better; false unless said otherwise.
  var prefersLess: Bool { get }

  /// The numbers of one chunk.
  func numbers(of chunk: MetricChunk) -> [Double]

  /// The values, by the names under which they are reported.
  ///
  /// - Parameters:
  ///   - numbers: Those of all chunks.
  ///   - width: Classes, or outputs of a sample.
  ///   - loss: The mean loss.
  func values(_ numbers: [Double], width: Int, loss: Double) -> [(name: String, value: MetricValue)]
}

/// How the numbers of chunks meet.
public enum MetricMerging: Sendable {
  /// By addition, element by element: counts, whose sums are exact in any order.
  case sum
  /// One behind the other, in the order of the samples.
  case list
}

/// What a metric reports.
public enum MetricValue: Hashable, Sendable {
  case number(Double)
  /// Counts in rows and columns.
  case matrix([[Int]])
}

/// The predictions and labels of some samples.
public struct MetricChunk {
  /// The labels of a chunk.
  public enum Labels {
    /// Row i's class.
    case classes([Int32])
    /// Numbers in the shape of ``MetricChunk/predictions``.
    case numbers([Float])
  }

  /// Rows x ``width``: probabilities of classes, or what the model gives.
  public let predictions: [Float]
  /// Classes, or outputs of a sample.
  public let width: Int
  /// The labels.
  public let labels: Labels

  /// Samples; with several labels a sample each is a row.
  public init(predictions: [Float], width: Int, labels: Labels) {
    (self.predictions, self.width, self.labels) = (predictions, width, labels)
  }

  /// The number of rows.
  public var rows: Int { width == 0 ? 0 : predictions.count / width }

  /// Rows with a label that is a class; an ignored label is none.
  func forEachClass(_ body: (_ row: Range<Int>, _ label: Int) -> Void) {
    guard case .classes(let labels) = labels else { return }
    for (row, label) in labels.enumerated() where (0..<width).contains(Int(label)) {
      body(row * width..<(row + 1) * width, Int(label))
    }
  }

  /// Pairs of output and label with the column in which they stand.
  func forEachNumber(_ body: (_ column: Int, _ output: Double, _ label: Double) -> Void) {
    guard case .numbers(let labels) = labels else { return }
    for index in labels.indices {
      body(index % width, Double(predictions[index]), Double(labels[index]))
    }
  }

  /// The first largest of a row.
  func best(_ row: Range<Int>) -> Int {
    var best = row.lowerBound
    for index in row where predictions[index] > predictions[best] { best = index }
    return best - row.lowerBound
  }
}

extension Metric {
  /// The same as in job files.
  public var valueName: String { name }
  /// More is better.
  public var prefersLess: Bool { false }

  /// Whether `other` is the same metric with the same settings.
  func isEqual(to other: any Metric) -> Bool { (other as? Self) == self }
}
