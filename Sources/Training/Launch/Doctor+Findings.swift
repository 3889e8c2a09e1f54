import Foundation

// Findings from what the ranks report, without any communication.

extension Doctor {
  /// Whether all ranks run the same program.
  package static func binaryFinding(_ facts: [DoctorFacts]) -> DoctorReport.Finding {
    let name = "binary"
    guard let other = facts.first(where: { $0.binary != facts[0].binary }) else {
      return .ok(name, "all ranks run the same trireme (\(facts[0].binary))")
    }
    return .problem(
      name,
      "rank \(other.rank) on \(other.host) runs another trireme (\(other.binary)) than rank 0 on \(facts[0].host) (\(facts[0].binary))",
      mend: "start one build on all hosts, from a shared folder")
  }

  /// The ranks of each host, hosts in the order of their lowest ranks.
  private static func byHost(_ facts: [DoctorFacts]) -> [[DoctorFacts]] {
    let groups = Dictionary(grouping: facts, by: \.host)
    return facts.map(\.host).uniqued().compactMap { groups[$0] }
  }

  /// What a check of cores minds.
  package enum CoreConcern {
    /// More threads than cores.
    case crowds
    /// Idle cores, too.
    case everything
  }

  /// Whether ranks x threads fit the cores that they may run on.
  package static func coreFinding(
    _ facts: [DoctorFacts], isSlurm: Bool, minding concern: CoreConcern = .everything
  ) -> DoctorReport.Finding {
    let name = "cores"
    var warning: DoctorReport.Finding?
    for ranks in byHost(facts) {
      let usable = Set(ranks.flatMap(\.cores)).count
      let wanted = ranks.reduce(0) { $0 + $1.threads }
      let online = ranks[0].onlineCores
      let place =
        "\(ranks[0].host): \(ranks.count) ranks x \(ranks[0].threads) threads on \(usable) of \(online) cores"
      let narrow = ranks.first { $0.cores.count < $0.threads }
      if wanted > usable || narrow != nil, usable < online {
        return .problem(
          name, place,
          mend: isSlurm
            ? "ask for --cpus-per-task=\(ranks[0].threads), for srun too, or set training.threads lower"
            : "mpirun --bind-to none, or --map-by slot:PE=\(ranks[0].threads) --bind-to core, or set training.threads lower"
        )
      }
      if wanted > usable {
        warning = .warning(
          name, place, mend: "start fewer ranks, or set training.threads lower: they take turns")
      } else if wanted * 2 <= online, !isSlurm, warning == nil, concern == .everything {
        warning = .warning(
          name, place,
          mend: "cores are idle: start more ranks, or mpirun --bind-to none for more threads")
      }
    }
    if let warning { return warning }
    let threads = facts.reduce(0) { $0 + $1.threads }
    return .ok(name, "\(threads) threads in all, none without a core of its own")
  }

  /// Whether ranks of a host either share all their cores or none.
  package static func bindingFinding(_ facts: [DoctorFacts]) -> DoctorReport.Finding {
    let name = "binding"
    var isBound = false
    for ranks in byHost(facts) where ranks.count > 1 {
      let masks = ranks.map { Set($0.cores) }
      if masks.allSatisfy({ $0 == masks[0] }) { continue }
      isBound = true
      var owner: [Int: Int] = [:]
      for (rank, mask) in zip(ranks, masks) {
        for core in mask.sorted() {
          guard let first = owner.updateValue(rank.rank, forKey: core) else { continue }
          return .problem(
            name, "\(rank.host): ranks \(first) and \(rank.rank) share core \(core), but not all",
            mend: "bind with srun --cpu-bind=cores or mpirun --bind-to core, or not at all")
        }
      }
    }
    return .ok(
      name, isBound ? "each rank has cores of its own" : "the ranks of a host share its cores")
  }

  /// Whether shared memory suffices for what MPI puts there: message queues of 4 MB a rank, and the
  /// windows of gradients.
  package static func memoryFinding(_ facts: [DoctorFacts]) -> DoctorReport.Finding {
    let name = "memory"
    let megabyte = 1 << 20
    var least = Int.max
    var warning: DoctorReport.Finding?
    for ranks in byHost(facts) {
      guard let free = ranks.compactMap(\.freeSharedMemory).min() else {
        return .problem(
          name, "\(ranks[0].host) has no /dev/shm",
          mend: "mount one; in a container: --shm-size=1g")
      }
      least = min(least, free)
      let place = "/dev/shm of \(ranks[0].host) has \(free / megabyte) MB left"
      let mend =
        "remove what is left there of old jobs, or make it larger (containers: --shm-size=1g)"
      if free < 8 * megabyte * ranks.count { return .problem(name, place, mend: mend) }
      if free < 64 * megabyte * ranks.count { warning = .warning(name, place, mend: mend) }
    }
    return warning ?? .ok(name, "/dev/shm has \(least / megabyte) MB or more left")
  }

  /// Whether the hosts agree on the time to the second, as log files and time limits want.
  package static func clockFinding(_ skews: [(host: String, seconds: Double)])
    -> DoctorReport.Finding
  {
    let name = "clocks"
    guard let worst = skews.max(by: { abs($0.seconds) < abs($1.seconds) }) else {
      return .ok(name, "one host, one clock")
    }
    let amount = String(format: "%.3f s", abs(worst.seconds))
    guard abs(worst.seconds) > 1 else { return .ok(name, "all within \(amount)") }
    return .warning(
      name, "\(worst.host) is \(amount) \(worst.seconds > 0 ? "ahead of" : "behind") rank 0's host",
      mend: "have the clocks set by NTP (timedatectl, chronyc tracking)")
  }
}
