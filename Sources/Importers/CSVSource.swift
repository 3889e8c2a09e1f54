import HDF5

/// Tables in comma-separated text, gzip or not.
public enum CSVSource {
  /// What becomes of records with a missing value.
  public enum Missing: String, Sendable, CaseIterable {
    /// The record is left out.
    case drop
    /// The mean of the column in the train split stands in; of a categorical column, no level does.
    case mean
    /// An error.
    case error
  }

  /// What the target column holds.
  public enum Target: String, Sendable, CaseIterable {
    /// Classes if it holds words, or the whole numbers 0, 1, ... up to at most 99 without a gap;
    /// else numbers.
    case auto
    /// Each different value is a class.
    case classes
    /// Numbers to be predicted.
    case numbers
  }

  /// How to read a table.
  public struct Options: Sendable {
    /// What stands between fields, one byte.
    public var delimiter = ","
    /// Whether the first record names the columns; `nil`: if none of its fields is a number.
    public var hasHeader: Bool?
    /// Lines above the table.
    public var skippedLines = 0
    /// The column to predict, by name or number; negative from the end. `nil`: no labels.
    public var target: String? = "-1"
    /// What it holds.
    public var targetKind = Target.auto
    /// Columns that are levels, not amounts, even if they hold numbers.
    public var categorical: [String] = []
    /// What becomes of records with a missing value.
    public var missing = Missing.error
    /// Texts that mean a missing value.
    public var missingMarks: Set<String> = ["", "?", "NA", "N/A", "nan", "NaN", "null"]
    /// Names of the classes in the order of the target's values; the values themselves if `nil`.
    public var classNames: [String]?
    /// The shape of a sample; one axis if `nil`.
    public var shape: [Int]?

    /// The defaults.
    public init() {}
  }

  /// Reads a train table, and a test table of the same columns.
  ///
  /// - Throws: `ImportError` naming file, line and column.
  public static func splits(
    train: String, test: String?, name: String, options: Options
  ) throws(ImportError) -> [ImportedSplit] {
    let table = try CSVTable(path: train, options: options)
    let columns = try CSVColumns(table, options)
    var splits = [ImportedSplit("train", try columns.samples(of: table, name: name))]
    if let test {
      let other = try CSVTable(path: test, options: options)
      guard other.names == table.names else {
        throw ImportError(test, "", "has other columns than \(train)")
      }
      splits.append(ImportedSplit("test", try columns.samples(of: other, name: name)))
    }
    return splits
  }
}
