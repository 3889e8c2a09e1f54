import Foundation

/// How ranks are started: the words before a command.
///
/// Words may hold `{ranks}`, `{threads}` and `{nodes}`.
public struct Launcher: Sendable, Equatable {
  /// The words.
  public let template: [String]
  /// Ranks that fit on a node of the batch system's; nil outside one.
  public let ranksPerNode: Int?

  /// A launcher of one's own.
  ///
  /// - Parameter text: words apart by blanks.
  public init(_ text: String, ranksPerNode: Int? = nil) {
    template = text.split(separator: " ").map(String.init)
    self.ranksPerNode = ranksPerNode
  }

  /// The usual one: `srun` inside a Slurm allocation, `mpirun` elsewhere, one core for each thread of a
  /// rank, bound.
  ///
  /// - Parameters:
  ///   - threads: of a rank.
  ///   - mayShareCores: more ranks than cores; nothing is bound then.
  ///   - environment: of this process.
  public init(threads: Int, mayShareCores: Bool, environment: [String: String]) {
    guard environment["SLURM_JOB_ID"] != nil else {
      let binding =
        mayShareCores
        ? ["--oversubscribe", "--bind-to", "none"]
        : threads == 1
          ? ["--bind-to", "core"] : ["--map-by", "slot:PE={threads}", "--bind-to", "core"]
      template = ["mpirun", "-n", "{ranks}"] + binding
      ranksPerNode = nil
      return
    }
    template =
      [
        "srun", "--mpi=pmix", "--nodes={nodes}", "--ntasks={ranks}", "--cpus-per-task={threads}",
      ] + (mayShareCores ? ["--overcommit", "--cpu-bind=none"] : ["--cpu-bind=cores"])
    ranksPerNode = Self.slurmRanksPerNode(threads: threads, environment)
  }

  /// The words that start `command`.
  public func words(ranks: Int, threads: Int, _ command: [String]) -> [String] {
    let perNode = max(1, ranksPerNode ?? ranks)
    let values = [
      "{ranks}": ranks, "{threads}": threads, "{nodes}": (ranks + perNode - 1) / perNode,
    ]
    return template.map { word in
      values.reduce(word) { $0.replacingOccurrences(of: $1.key, with: "\($1.value)") }
    } + command
  }

  /// Ranks of so many threads that a node of this Slurm job takes; nil outside one.
  public static func slurmRanksPerNode(threads: Int, _ environment: [String: String]) -> Int? {
    guard environment["SLURM_JOB_ID"] != nil else { return nil }
    if let tasks = environment["SLURM_NTASKS_PER_NODE"].flatMap({ Int($0) }) { return tasks }
    // Like 16(x4),8: the smallest node counts.
    let text = environment["SLURM_JOB_CPUS_PER_NODE"] ?? ""
    let cores = text.split(separator: ",").compactMap { Int($0.prefix { $0.isNumber }) }.min()
    return max(1, (cores ?? 1) / threads)
  }

  /// The cores of the Slurm job; nil outside one.
  public static func slurmCores(_ environment: [String: String]) -> Int? {
    guard let text = environment["SLURM_JOB_CPUS_PER_NODE"] else { return nil }
    return text.split(separator: ",").reduce(0) { sum, part in
      let numbers = part.split { !$0.isNumber }.compactMap { Int($0) }
      return sum + (numbers.first ?? 0) * (numbers.count > 1 ? numbers[1] : 1)
    }
  }
}
