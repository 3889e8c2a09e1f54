import Foundation

extension Submission {
  /// Checks what can be known before the job waits in a queue.
  ///
  /// - Throws: `Failure` (`usage`) if the job cannot be divided among the ranks, or is for another command.
  public func check(_ job: Job) throws {
    guard !isFederated else {
      if job.federated == nil { throw Failure.notFederated }
      return
    }
    if job.training.epochs == nil, job.training.steps == nil {
      throw Failure(
        .usage,
        "the job has \"federated\", but neither training.epochs nor training.steps: add --federate, or set one"
      )
    }
    if let microBatches = job.training.microBatches, microBatches < ranks {
      throw Failure(
        .usage,
        "training.microBatches is \(microBatches), but \(nodes) nodes x \(tasksPerNode) tasks are \(ranks) ranks: ask for at most \(microBatches), or raise it"
      )
    }
    if job.training.globalBatch < ranks {
      throw Failure(
        .usage,
        "training.globalBatch is \(job.training.globalBatch), which leaves nothing for some of \(ranks) ranks: ask for fewer, or raise it"
      )
    }
  }

  /// The combinations of values that `--sweep` options span; 1 without any.
  ///
  /// - Parameter sweeps: texts of the form `KEY=VALUE,VALUE,...`.
  /// - Throws: `Failure` (`usage`) for other forms.
  public static func combinations(_ sweeps: [String]) throws -> Int {
    try sweeps.reduce(1) { product, sweep in
      let parts = sweep.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let values = parts.count == 2 ? parts[1].split(separator: ",") : []
      guard !values.isEmpty, !parts[0].isEmpty else {
        throw Failure(.usage, "--sweep \(sweep): write KEY=VALUE,VALUE,...")
      }
      return product * values.count
    }
  }

  /// Writes the script to `path` and gives it to `sbatch`; returns the number of the job. Blocks
  /// until Slurm has answered.
  ///
  /// - Throws: `Failure`: `inputOutput` if the script cannot be written, `usage` if `sbatch` is
  ///   missing or refuses the job; what it says goes to standard error.
  public func submit(writing path: String) throws -> String {
    do {
      let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try script().write(toFile: path, atomically: true, encoding: .utf8)
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(.inputOutput, "\(path): cannot be written (\(error.localizedDescription))")
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["sbatch", "--parsable", path]
    let answer = Pipe()
    process.standardOutput = answer
    do {
      try process.run()
    } catch {
      throw Failure(.internal, "/usr/bin/env cannot be started (\(error.localizedDescription))")
    }
    let text = answer.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    switch process.terminationStatus {
    case 0: break
    case 127:
      throw Failure(.usage, "no sbatch here: run this where jobs are submitted, or add --dry-run")
    default: throw Failure(.usage, "sbatch refused \(path); see above")
    }
    // "12" or, on a federation of clusters, "12;name".
    let line = String(decoding: text, as: UTF8.self)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    return line.split(separator: ";").first.map(String.init) ?? line
  }
}
