/// The folder that a run keeps its checkpoints in: `step-00000200.h5`, ..., and the link `latest`.
public struct CheckpointFolder: Sendable {
  /// Path of the folder.
  public let path: String

  static let partialSuffix = ".partial"
  static let latestName = "latest"

  /// Names a folder, which need not exist yet.
  public init(_ path: String) { self.path = path }

  /// The path of the checkpoint of `step`.
  public func file(step: Int) -> String { "\(path)/\(Self.name(step: step))" }

  /// The link to the checkpoint that was written last.
  public var latest: String { "\(path)/\(Self.latestName)" }

  /// Steps of the checkpoints in the folder, in ascending order.
  public var steps: [Int] {
    DurableFiles.names(in: path).compactMap(Self.step(ofName:)).sorted()
  }

  /// The step that `latest` leads to; `nil` when there is no such link.
  public var latestStep: Int? { DurableFiles.target(of: latest).flatMap(Self.step(ofName:)) }

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

  /// Removes all but the newest `count` checkpoints up to `step`, and what broken runs left behind.
  func prune(keep count: Int, upTo step: Int) throws(CheckpointError) {
    for old in steps.filter({ $0 <= step }).dropLast(max(1, count)) {
      try DurableFiles.remove(file(step: old))
    }
    for name in DurableFiles.names(in: path) where name.hasSuffix(Self.partialSuffix) {
      try DurableFiles.remove("\(path)/\(name)")
    }
  }

  static func name(step: Int) -> String {
    let digits = String(step)
    return "step-\(String(repeating: "0", count: max(0, 8 - digits.count)))\(digits).h5"
  }

  private static func step(ofName name: String) -> Int? {
    guard name.hasPrefix("step-"), name.hasSuffix(".h5") else { return nil }
    return Int(name.dropFirst(5).dropLast(3))
  }
}
