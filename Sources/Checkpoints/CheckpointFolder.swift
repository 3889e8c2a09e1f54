/// The folder that a run keeps its checkpoints in: `step-00000200.h5`, ..., and the link `latest`.
public struct CheckpointFolder: Sendable {
  /// Path of the folder.
  public let path: String

  static let partialSuffix = ".partial"
  static let latestName = "latest"
  static let bestName = "best"

  /// Names a folder, which need not exist yet.
  public init(_ path: String) { self.path = path }

  /// The path of the checkpoint of `step`.
  public func file(step: Int) -> String { "\(path)/\(Self.name(step: step))" }

  /// The link to the checkpoint that was written last.
  public var latest: String { "\(path)/\(Self.latestName)" }

  /// The link to the checkpoint with the best evaluation, if the run looks for it.
  public var best: String { "\(path)/\(Self.bestName)" }

  /// Steps of the checkpoints in the folder, in ascending order.
  public var steps: [Int] {
    DurableFiles.names(in: path).compactMap(Self.step(ofName:)).sorted()
  }

  /// The step that `latest` leads to; `nil` when there is no such link.
  public var latestStep: Int? { DurableFiles.target(of: latest).flatMap(Self.step(ofName:)) }

  /// The step that `best` leads to; `nil` when there is no such link.
  public var bestStep: Int? { DurableFiles.target(of: best).flatMap(Self.step(ofName:)) }

  /// Opens the checkpoint to resume from, after reading all of it: the latest, or, should that be
  /// damaged, the one before.
  ///
  /// - Returns: the checkpoint and the errors of newer ones that were passed over; `nil` when the
  ///   folder holds none at all.
  /// - Throws: `CheckpointError.noneReadable` when there are checkpoints and none can be read.
  public func newestReadable() throws(CheckpointError) -> (
    checkpoint: CheckpointReader, rejected: [CheckpointError]
  )? {
    let steps = steps
    // Newer files than `latest` are of a run that was rewound, or not yet complete.
    let last = latestStep ?? .max
    let candidates = steps.filter { $0 <= last }.reversed() + steps.filter { $0 > last }
    var rejected: [CheckpointError] = []
    for step in candidates {
      do throws(CheckpointError) {
        let reader = try CheckpointReader(file(step: step))
        try reader.verify()
        return (reader, rejected)
      } catch {
        rejected.append(error)
      }
    }
    guard rejected.isEmpty else {
      throw .noneReadable(folder: path, rejected: rejected.map { "\($0)" })
    }
    return nil
  }

  /// Removes what `retention` does not keep of the checkpoints up to `step`, and what broken runs left
  /// behind.
  public func prune(_ retention: Retention, upTo step: Int = .max) throws(CheckpointError) {
    for old in retention.surplus(of: steps.filter { $0 <= step }) { try remove(step: old) }
    try removeLeftovers()
  }

  /// Removes what broken runs left behind: files half-written, and parts that were never joined.
  ///
  /// Not while parts are written.
  public func removeLeftovers() throws(CheckpointError) {
    let joined = Set(steps)
    for name in DurableFiles.names(in: path) {
      let isLonely = Self.step(ofPart: name).map { !joined.contains($0) } ?? false
      guard isLonely || name.hasSuffix(Self.partialSuffix) else { continue }
      try DurableFiles.remove("\(path)/\(name)")
    }
  }

  /// Removes the checkpoint of a step; one that is not there is no error.
  ///
  /// The file that joins parts goes before them.
  public func remove(step: Int) throws(CheckpointError) {
    try DurableFiles.remove(file(step: step))
    for name in DurableFiles.names(in: path) where Self.step(ofPart: name) == step {
      try DurableFiles.remove("\(path)/\(name)")
    }
  }

  /// Makes `best` lead to the checkpoint of a step.
  public func markBest(step: Int) throws(CheckpointError) {
    try DurableFiles.replaceLink(best, to: Self.name(step: step))
    try DurableFiles.synchronise(path)
  }

  static func name(step: Int) -> String {
    let digits = String(step)
    return "step-\(String(repeating: "0", count: max(0, 8 - digits.count)))\(digits).h5"
  }

  private static func step(ofPart name: String) -> Int? {
    guard name.hasPrefix("step-"), name.hasSuffix(".h5"), let part = name.firstRange(of: ".part-")
    else { return nil }
    return Int(name[name.index(name.startIndex, offsetBy: 5)..<part.lowerBound])
  }

  private static func step(ofName name: String) -> Int? {
    guard name.hasPrefix("step-"), name.hasSuffix(".h5") else { return nil }
    return Int(name.dropFirst(5).dropLast(3))
  }
}
