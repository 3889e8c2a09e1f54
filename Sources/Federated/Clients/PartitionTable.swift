import Foundation

/// The samples of each client by class, for people and for programs.
public struct PartitionTable: Sendable {
  /// A client's line.
  public struct Row: Sendable {
    /// The client's name.
    public let name: String
    /// All its samples.
    public let samples: Int
    /// Its samples of each class; empty without classes.
    public let classes: [Int]
  }

  /// One line a client.
  public let rows: [Row]
  private let classNames: [String]

  /// Counts.
  public init(_ clients: [Client], _ labels: SampleLabels, classNames: [String]) {
    rows = clients.map {
      Row(name: $0.name, samples: $0.samples.count, classes: labels.counts(of: $0.samples))
    }
    self.classNames = classNames
  }

  /// The table with one line a client, columns aligned.
  public var text: String {
    let header = ["client", "samples"] + classNames
    let lines =
      [header] + rows.map { [$0.name, "\($0.samples)"] + $0.classes.map(String.init) }
    let widths = header.indices.map { column in
      lines.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    return lines.map { line in
      line.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + space : space + cell
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }

  /// A plot for the terminal: one bar a client, as long as its share of the largest, in letters that
  /// stand for classes.
  ///
  ///     client 0  aaaaaaaabbb
  ///     client 1  cccccccccccccccc
  public func plot(width: Int = 60) -> String {
    let largest = max(1, rows.map(\.samples).max() ?? 1)
    let nameWidth = rows.map(\.name.count).max() ?? 0
    let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    var lines = rows.map { row in
      let name = row.name + String(repeating: " ", count: nameWidth - row.name.count)
      let classes = row.classes.isEmpty ? [row.samples] : row.classes
      var (bar, total) = ("", 0)
      for (index, count) in classes.enumerated() {
        total += count
        let end = (total * width + largest / 2) / largest
        let letter = row.classes.isEmpty ? "#" : letters[index % letters.count]
        bar += String(repeating: letter, count: max(0, end - bar.count))
      }
      return "\(name)  \(bar)"
    }
    if !classNames.isEmpty {
      lines.append(
        classNames.enumerated().map { "\(letters[$0 % letters.count]) \($1)" }
          .joined(separator: ", "))
    }
    return lines.joined(separator: "\n")
  }
}
