import Engine

// Steps of the server without rounds; see Note [The virtual clock].

extension Simulation {
  /// The runs whose updates make step `round`. Local, the same on all ranks.
  func runs(round: Int) -> [VirtualClock.Run] {
    if let known = scheduled, known.round == round { return known.runs }
    guard let asynchrony = federation.asynchrony else { return [] }
    var clock: VirtualClock
    if let known = scheduled, known.round < round {
      clock = known.clock
    } else {
      clock = VirtualClock(
        asynchrony, federation.availability, sizes: sizes, seed: federation.seed)
    }
    var runs: [VirtualClock.Run] = []
    while clock.version < round { runs = clock.nextStep() }
    scheduled = (round, runs, clock)
    return runs
  }

  /// Trains this rank's share of the runs of a step, each from its own version. Local, blocking.
  func trainRuns(round: Int, rate: Double) throws {
    let runs = runs(round: round)
    let schedule = CohortSchedule(
      Array(runs.indices), costs: runs.map { sizes[$0.client] }, ranks: communicator.size)
    let mine = schedule.ranks[communicator.rank]
    for index in federation.reversesOrder ? mine.reversed() : mine {
      let run = runs[index]
      guard let anchor = state.versions[run.version] else {
        preconditionFailure("version \(run.version) is not kept in step \(round)")
      }
      try contribute(
        clients[run.client], round: run.version + 1, rate: rate, anchor: anchor,
        factor: Asynchrony.weight(staleness: round - 1 - run.version))
    }
  }

  /// Keeps the model after step `round` for those who start from it, and no longer those that nobody
  /// trains from.
  func keepVersion(round: Int) {
    guard federation.asynchrony != nil else { return }
    _ = runs(round: round)
    let inUse = scheduled?.clock.versionsInUse ?? []
    let copy = FloatMemory(count: state.global.count)
    copy.base.update(from: state.global.base, count: copy.count)
    state.versions[round] = copy
    state.versions = state.versions.filter { inUse.contains($0.key) }
  }
}
