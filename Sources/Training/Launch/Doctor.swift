import Foundation
public import MPI

/// Looks at a launch before a training is worth starting: `trireme doctor`.
public struct Doctor {
  private let world: Communicator
  private let launcher: DoctorLauncher

  /// A doctor for the ranks of `world`.
  public init(on world: Communicator) {
    self.world = world
    launcher = DoctorLauncher()
  }

  /// Checks everything. Collective, blocking; takes a second or so on a healthy cluster, and up to
  /// five more where a file system is slow to show new files.
  ///
  /// - Parameters:
  ///   - output: the output folder of the training, which need not exist.
  ///   - threads: threads a rank; what `train` would choose if nil.
  /// - Returns: the same report on all ranks.
  public func examine(output: String, threads: Int?) throws -> DoctorReport {
    let planned = try threads ?? Threads.perRank(on: world)
    let facts = try gathered(
      .here(rank: world.rank, host: world.processorName, threads: planned))
    let hosts = Set(facts.map(\.host)).count
    return DoctorReport(
      ranks: world.size, hosts: hosts,
      checks: [
        launcher.finding(worldSize: world.size, hosts: hosts),
        Self.binaryFinding(facts),
        Self.coreFinding(facts, isSlurm: launcher.isSlurm),
        Self.bindingFinding(facts),
        Self.memoryFinding(facts),
        try outputFinding(output, facts),
        Self.clockFinding(try clockSkews(facts)),
      ])
  }

  /// The part of the checks that takes milliseconds, for the start of a training: prints what is not as
  /// it should be. Collective, blocking.
  ///
  /// - Throws: `AgreedFailure` with exit code 2 if ranks do not find one another or run different
  ///   builds.
  func warn(threads: Int) throws {
    try launcher.check(world)
    let facts = try gathered(.here(rank: world.rank, host: world.processorName, threads: threads))
    let binary = Self.binaryFinding(facts)
    let advice = [
      Self.coreFinding(facts, isSlurm: launcher.isSlurm, minding: .crowds),
      Self.bindingFinding(facts), Self.memoryFinding(facts),
    ]
    if world.isRoot {
      for finding in [binary] + advice where finding.status != .ok {
        let mend = finding.mend.map { ": \($0)" } ?? ""
        Console.error("trireme: warning: \(finding.name): \(finding.message)\(mend)")
      }
    }
    if binary.status == .problem { throw AgreedFailure(exitCode: .usage) }
  }

  private func gathered(_ own: DoctorFacts) throws -> [DoctorFacts] {
    let text = String(decoding: try JSONEncoder().encode(own), as: UTF8.self)
    return try world.allGather(text).map {
      try JSONDecoder().decode(DoctorFacts.self, from: Data($0.utf8))
    }
  }

  // MARK: - Output folder

  /// Whether all ranks see a file that the root makes where the output will be.
  private func outputFinding(
    _ output: String, _ facts: [DoctorFacts]
  ) throws -> DoctorReport.Finding {
    let name = "output"
    var path = ""
    if world.isRoot {
      let folder = Self.existingFolder(above: output)
      path = "\(folder)/.trireme-doctor-\(ProcessInfo.processInfo.globallyUniqueString)"
      if !FileManager.default.createFile(atPath: path, contents: Data([0])) { path = "" }
    }
    path = try world.broadcast(path, from: 0)
    defer { if world.isRoot { unlink(path) } }
    guard !path.isEmpty else {
      return .problem(
        name, "\(output) cannot be written on \(facts[0].host)",
        mend: "choose another --output, or see to the permissions and the space left")
    }
    var isThere = FileManager.default.fileExists(atPath: path)
    let patience = Date().addingTimeInterval(5)
    // NFS remembers for some seconds that a file was not there.
    while !isThere, Date() < patience {
      usleep(200_000)
      isThere = FileManager.default.fileExists(atPath: path)
    }
    let blind = try world.allGather([Int64(isThere ? 1 : 0)]).enumerated()
      .filter { $0.element == 0 }.map { facts[$0.offset] }
    guard let first = blind.first else {
      return .ok(name, "\(output) can be written and is the same for all ranks")
    }
    return .problem(
      name, "\(output) of rank 0 is not there for rank \(first.rank) on \(first.host)",
      mend: "choose a folder on a file system that all hosts share")
  }

  /// `path` as an absolute path, or the nearest folder above it that exists.
  private static func existingFolder(above path: String) -> String {
    var url = URL(fileURLWithPath: path).standardizedFileURL
    while !FileManager.default.fileExists(atPath: url.path), url.path != "/" {
      url.deleteLastPathComponent()
    }
    return url.path
  }

  // MARK: - Clocks

  /// Seconds by which each host's clock is ahead of rank 0's.
  ///
  /// As in Cristian's algorithm (1989): of some questions to the lowest rank of a host, that with
  /// the quickest answer counts, whose error is at most half of the time it took.
  private func clockSkews(_ facts: [DoctorFacts]) throws -> [(host: String, seconds: Double)] {
    let questions = 5
    var known: Set = [facts[0].host]
    var skews: [(host: String, seconds: Double)] = []
    for leader in facts where known.insert(leader.host).inserted {
      if world.isRoot {
        var best = (duration: Double.infinity, skew: 0.0)
        for _ in 0..<questions {
          let start = Date().timeIntervalSince1970
          try world.send([start], to: leader.rank)
          var answer = [0.0]
          try world.receive(into: &answer, from: leader.rank)
          let end = Date().timeIntervalSince1970
          if end - start < best.duration {
            best = (end - start, answer[0] - (start + end) / 2)
          }
        }
        skews.append((leader.host, best.skew))
      } else if world.rank == leader.rank {
        for _ in 0..<questions {
          var question = [0.0]
          try world.receive(into: &question, from: 0)
          try world.send([Date().timeIntervalSince1970], to: 0)
        }
      }
    }
    var seconds = skews.map(\.seconds)
    if !world.isRoot { seconds = Array(repeating: 0, count: known.count - 1) }
    try world.broadcast(&seconds, from: 0)
    let hosts = facts.map(\.host).uniqued().dropFirst()
    return Array(zip(hosts, seconds)).map { (host: $0.0, seconds: $0.1) }
  }
}

extension Sequence where Element: Hashable {
  /// The elements without repetitions, in the order of their first appearance.
  func uniqued() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
