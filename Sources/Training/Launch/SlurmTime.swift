/// A time limit as Slurm writes it.
public struct SlurmTime: Sendable, Equatable {
  /// As it was written.
  public let text: String
  /// The seconds it means.
  public let seconds: Int

  /// Reads `minutes`, `minutes:seconds`, `hours:minutes:seconds`, `days-hours`,
  /// `days-hours:minutes` or `days-hours:minutes:seconds`; nil for anything else.
  public init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    let fields = parts.last?.split(separator: ":", omittingEmptySubsequences: false) ?? []
    let numbers = fields.compactMap { $0.allSatisfy(\.isNumber) ? Int($0) : nil }
    guard (1...2).contains(parts.count), numbers.count == fields.count,
      (1...3).contains(numbers.count)
    else { return nil }
    var units: [Int]
    var seconds = 0
    if parts.count == 2 {
      guard let days = Int(parts[0]), days >= 0 else { return nil }
      seconds = days * 86_400
      units = [3_600, 60, 1]
    } else {
      units = numbers.count == 3 ? [3_600, 60, 1] : [60, 1]
    }
    for (number, unit) in zip(numbers, units) {
      let (product, overflow) = number.multipliedReportingOverflow(by: unit)
      guard !overflow, product <= Int.max - seconds else { return nil }
      seconds += product
    }
    guard seconds > 0 else { return nil }
    self.text = text
    self.seconds = seconds
  }
}
