import Foundation

/// A job for Slurm: `Slurm/train.sbatch` with its options, setup and arguments filled in.
public struct Submission: Sendable {
  /// The nodes.
  public var nodes = 1
  /// Ranks on each node.
  public var tasksPerNode = 1
  /// Cores, and with them threads, of each rank.
  public var coresPerTask = 1
  /// The time limit of each start, as Slurm writes it; nil leaves it to the partition.
  public var time: SlurmTime?
  /// The name of the job.
  public var name: String
  /// Options of sbatch that are passed on as they are, by name and value: `partition`, `account`...
  public var options: [(name: String, value: String)] = []
  /// Modules to load, in this order.
  public var modules: [String] = []
  /// Shell lines that come after the modules.
  public var setup: [String] = []
  /// The image of an Apptainer container in which the command runs; nil for none.
  public var container: String?
  /// The command, outside of a container.
  public var program = "trireme"
  /// Whether it is `trireme federate` that runs.
  public var isFederated = false
  /// What follows `trireme train`: the job file and its options; `--sweep` too.
  public var arguments: [String]

  /// A job on one node, to be changed before use.
  public init(name: String, arguments: [String]) {
    self.name = name
    self.arguments = arguments
  }

  /// How many ranks there are.
  public var ranks: Int { nodes * tasksPerNode }

  /// Seconds before the end of the job at which it is told to save: two minutes, or a third of a
  /// short job.
  package var noticeSeconds: Int { min(120, (time?.seconds).map { $0 / 3 } ?? 120) }

  private var isArray: Bool { options.contains { $0.name == "array" } }

  /// The options as `#SBATCH` reads them.
  private var header: [String] {
    var lines = [
      "--job-name=\(name)", "--nodes=\(nodes)", "--ntasks-per-node=\(tasksPerNode)",
      "--cpus-per-task=\(coresPerTask)",
    ]
    if let time { lines.append("--time=\(time.text)") }
    lines += options.map { $0.value.isEmpty ? "--\($0.name)" : "--\($0.name)=\($0.value)" }
    lines += ["--requeue", "--open-mode=append", "--signal=B:USR2@\(noticeSeconds)"]
    if !options.contains(where: { $0.name == "output" }) {
      lines.append(isArray ? "--output=%x-%A_%a.log" : "--output=%x-%j.log")
    }
    return lines.map { "#SBATCH \($0)" }
  }

  /// The shell lines in place of the template's line `# -- setup`.
  private var setupLines: [String] {
    var lines = modules.map { "module load \(Self.quoted($0))" } + setup
    // Apptainer takes the environment along, and the folder where the job was submitted.
    if let container {
      lines.append("export TRIREME=\"apptainer exec --bind $PWD \(container) trireme\"")
    } else {
      lines.append("export TRIREME=\(Self.quoted(program))")
    }
    let words = (isFederated ? ["--federate"] : []) + arguments
    lines.append("set -- " + words.map(Self.quoted).joined(separator: " "))
    return lines
  }

  /// The script, ready for `sbatch` without arguments.
  ///
  /// - Throws: `Failure` (`usage`) for values that the script cannot hold, such as line breaks, and
  ///   (`internal`) if the template lacks a place that is filled in.
  public func script() throws -> String {
    let texts = [name, program, container ?? ""] + options.map(\.value) + modules + arguments
    if let text = texts.first(where: { $0.contains("\n") }) {
      throw Failure(.usage, "\"\(text)\" has a line break, which a batch script cannot hold")
    }
    for path in [program, container ?? ""] where path.contains(" ") {
      throw Failure(.usage, "\(path): the path of the command must not hold spaces")
    }
    var lines = Self.template.split(separator: "\n", omittingEmptySubsequences: false)
      .map(String.init)
    let setupMark = lines.firstIndex { $0.hasPrefix("# -- setup") }
    let first = lines.firstIndex { $0.hasPrefix("#SBATCH ") }
    guard let setupMark, let first else {
      throw Failure(.internal, "the template of the batch script has changed its form")
    }
    lines.replaceSubrange(setupMark...setupMark, with: setupLines)
    lines.removeAll { $0.hasPrefix("#SBATCH ") }
    lines.insert(contentsOf: header, at: first)
    return lines.joined(separator: "\n")
  }

  /// `Slurm/train.sbatch` as it was when the command was built.
  static var template: String { String(decoding: PackageResources.train_sbatch, as: UTF8.self) }

  /// `text` as one word of the shell's.
  package static func quoted(_ text: String) -> String {
    let plain = text.allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || "-_=./:,@%+".contains($0))
    }
    if plain, !text.isEmpty { return text }
    return "'" + text.replacingOccurrences(of: "'", with: "'\\''") + "'"
  }
}
