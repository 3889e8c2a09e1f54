import Foundation
import MPI
import Parallelism

/// Holds what a training will need against the memory that is there, before anything is allocated: an
/// error that says what to do, and not a process that the kernel kills.
struct MemoryCheck {
  private let need: MemoryNeed
  /// The copy that the root writes checkpoints from.
  private let copy: Int

  init(_ job: Job, _ need: MemoryNeed) {
    self.need = need
    copy = job.checkpoint.background ? need.checkpointCopy : 0
  }

  /// Prints the need, and refuses what is too much. Collective, blocking.
  ///
  /// - Throws: `AgreedFailure` with exit code 2 after the first rank on a host with too little memory
  ///   has printed what is needed, what there is, and what to do.
  func admit(on world: Communicator) throws {
    let node = try world.node()
    let own = Int64(need.total + (world.isRoot ? copy : 0))
    let wanted = Int(try node.allReduce(own, .sum))
    if world.isRoot { Console.print("memory \(text)") }
    try world.agreeing {
      guard let available = Self.available, wanted > available else { return }
      throw Failure(
        .usage,
        "\(world.processorName): \(node.size) \(node.size == 1 ? "rank needs" : "ranks need") \(Self.size(wanted)) of memory (\(text)), \(Self.size(available)) are available: \(advice(ranks: node.size))"
      )
    }
  }

  /// `1.61 GB a rank: parameters 401 MB, optimizer 802 MB, gradients 401 MB, activations 917 kB`.
  private var text: String {
    let copies = copy > 0 ? "; \(Self.size(copy)) more on rank 0 for checkpoints" : ""
    return
      "\(Self.size(need.total)) a rank: parameters \(Self.size(need.parameters)), optimizer \(Self.size(need.optimizer)), gradients \(Self.size(need.gradients)), activations \(Self.size(need.activations))\(copies)"
  }

  private func advice(ranks: Int) -> String {
    if need.activations > need.total / 2 {
      return "raise training.microBatches, or lower training.globalBatch or training.threads"
    }
    var ways = ranks > 1 ? ["start fewer ranks on a host, with more threads"] : []
    if copy > need.total / 4 { ways.append("set checkpoint.background=false") }
    if need.optimizer > need.parameters { ways.append("choose an optimizer with fewer arrays") }
    return ways.isEmpty ? "use hosts with more memory" : ways.joined(separator: ", or ")
  }

  private static func size(_ bytes: Int) -> String {
    let units = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")]
    let (scale, unit) = units.first { Double(bytes) >= $0.0 } ?? (1, "bytes")
    return String(format: scale == 1 ? "%.0f" : "%.3g", Double(bytes) / scale) + " \(unit)"
  }

  // MARK: - What there is

  /// Bytes that this host, or the control group that a batch system has put us in, can still give; nil
  /// if the kernel does not tell.
  static var available: Int? {
    let host = fields("/proc/meminfo")["MemAvailable"].map { $0 * 1024 }
    return [host, roomInGroup].compactMap(\.self).min()
  }

  /// What the tightest control group above this process leaves.
  private static var roomInGroup: Int? {
    let groups = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? ""
    var rooms: [Int] = []
    for line in groups.split(separator: "\n") {
      // 5:memory:/slurm/job_7 (version 1), or 0::/system.slice (version 2)
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3, parts[1].isEmpty || parts[1].split(separator: ",").contains("memory")
      else { continue }
      let isFirst = !parts[1].isEmpty
      let root = isFirst ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup"
      let names =
        isFirst
        ? ("memory.limit_in_bytes", "memory.usage_in_bytes") : ("memory.max", "memory.current")
      var path = Substring(parts[2])
      while true {
        let folder = root + path
        if let limit = number("\(folder)/\(names.0)"), let used = number("\(folder)/\(names.1)") {
          // Cached files are given back when memory is short.
          let cached = fields("\(folder)/memory.stat", separator: " ")
          let file = cached["inactive_file"] ?? cached["total_inactive_file"] ?? 0
          rooms.append(max(0, limit - used + file))
        }
        guard let slash = path.lastIndex(of: "/"), path.count > 1 else { break }
        path = path[..<slash]
      }
    }
    return rooms.min()
  }

  private static func number(_ path: String) -> Int? {
    let text = try? String(contentsOfFile: path, encoding: .utf8)
    return text.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
  }

  /// The numbers of a file of lines `name: number` or `name number`.
  private static func fields(_ path: String, separator: Character = ":") -> [String: Int] {
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    var fields: [String: Int] = [:]
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: separator, maxSplits: 1)
      guard parts.count == 2 else { continue }
      fields[String(parts[0])] = parts[1].split(separator: " ").first.flatMap { Int($0) }
    }
    return fields
  }
}
