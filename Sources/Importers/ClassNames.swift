/// Names of classes, checked against labels.
enum ClassNames {
  /// The given names, or numbers up to the largest label.
  ///
  /// - Throws: `ImportError` if a label is negative or has no name.
  static func resolve(
    _ given: [String]?, for samples: any SourceSamples, file: String
  ) throws(ImportError) -> [String]? {
    guard samples.layout.hasClasses else { return nil }
    var largest = -1
    for index in 0..<samples.count {
      let label: Int
      do {
        label = try samples.classIndex(of: index)
      } catch {
        throw error as? ImportError ?? ImportError(file, "sample \(index)", "\(error)")
      }
      guard label >= 0, label < given?.count ?? 1 << 24 else {
        throw ImportError(
          file, "sample \(index)",
          "has the label \(label), which is none of "
            + (given.map { "the \($0.count) classes" } ?? "0 to \(1 << 24)"))
      }
      largest = max(largest, label)
    }
    return given ?? (0...max(0, largest)).map { "\($0)" }
  }
}
