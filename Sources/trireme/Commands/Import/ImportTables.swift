import ArgumentParser
import Importers

struct ImportCSV: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "csv",
    abstract: "Tables in comma-separated text, gzip or not.",
    discussion: """
      A column with words becomes one feature a level, 0 or 1. Columns are named by the header or \
      counted from 0; -1 is the last.
      """)

  @Argument(help: "The table.", completion: .file(extensions: ["csv", "gz"]))
  var file: String

  @Option(help: "A table of the same columns for the test split.")
  var test: String?

  @Option(help: "The data set's name; that of the file by default.")
  var name: String?

  @Option(help: "What stands between fields; 'tab' for a tab.")
  var delimiter = ","

  @Flag(
    inversion: .prefixedNo,
    help: "Whether the first line names the columns; seen by itself if not given.")
  var header: Bool?

  @Option(help: "Lines above the table.")
  var skip = 0

  @Option(help: "The column to predict, by name or number, or none.")
  var target = "-1"

  @Option(
    help:
      "What it holds: classes or numbers; auto: classes if it holds words, or 0, 1, ... without a gap."
  )
  var targetKind = CSVSource.Target.auto

  @Option(help: "Columns, separated by commas, whose numbers are levels.")
  var categorical: String?

  @Option(help: "What becomes of missing values: drop the record, take the mean, or error.")
  var missing = CSVSource.Missing.error

  @Option(help: "Texts that mean a missing value, separated by commas, besides nothing at all.")
  var missingMarks = "?,NA,N/A,nan,NaN,null"

  @Option(help: "Names of the classes in the order of the target's values, separated by commas.")
  var classes: String?

  @Option(help: "The shape of a sample, such as 1,8,8.")
  var shape: String?

  @OptionGroup var options: ImportOptions

  func validate() throws {
    guard delimiter == "tab" || delimiter.utf8.count == 1 else {
      throw ValidationError("--delimiter is one character or 'tab'")
    }
    guard skip >= 0 else { throw ValidationError("--skip must not be negative") }
    _ = try numbers(shape, option: "--shape")
  }

  func run() throws {
    var reading = CSVSource.Options()
    reading.delimiter = delimiter == "tab" ? "\t" : delimiter
    reading.hasHeader = header
    reading.skippedLines = skip
    reading.target = target == "none" ? nil : target
    reading.targetKind = targetKind
    reading.categorical = words(categorical) ?? []
    reading.missing = missing
    reading.missingMarks = Set((words(missingMarks) ?? []) + [""])
    reading.classNames = words(classes)
    reading.shape = try numbers(shape, option: "--shape")
    let file = file
    let name = name ?? Stem.of(file)
    options.run { [reading] in
      try CSVSource.splits(train: file, test: test, name: name, options: reading)
    }
  }
}

struct ImportTimeSeries: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "timeseries", abstract: "Time series in .ts files (UEA and UCR archive).")

  @Argument(help: "The train file.", completion: .file(extensions: ["ts"]))
  var file: String

  @Option(help: "The test file.")
  var test: String?

  @Option(help: "What becomes of series with missing values: drop them, take the mean, or error.")
  var missing = CSVSource.Missing.error

  @OptionGroup var options: ImportOptions

  func run() throws {
    options.run { try TimeSeriesSource.splits(train: file, test: test, missing: missing) }
  }
}

/// The name of a file without folder and extensions.
enum Stem {
  static func of(_ path: String) -> String {
    let file = path.split(separator: "/").last.map(String.init) ?? path
    return file.split(separator: ".").first.map(String.init) ?? file
  }
}
