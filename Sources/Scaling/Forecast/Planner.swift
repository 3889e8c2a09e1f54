import Collectives
import Parallelism

/// Asks ``StepReplay`` all that a plan wants to know.
struct Planner {
  let profile: StepProfile
  let network: Network
  let mode: ScalingMode
  let settings: StepReplay.Settings

  /// One rank alone; it has no sums, but it has its input.
  private func alone(_ profile: StepProfile) -> Double {
    StepReplay(profile, ranks: 1, on: network, settings: settings)?.step
      ?? profile.stepMicroseconds
  }

  /// The profile of a rank; nil where there are more ranks than samples.
  private func profile(of ranks: Int) -> StepProfile? {
    guard mode == .strong else { return profile }
    // The rank with the most samples is waited for.
    let samples = (profile.samples + ranks - 1) / ranks
    return ranks <= profile.samples ? profile.with(samples: samples) : nil
  }

  func replay(_ ranks: Int, _ settings: StepReplay.Settings) -> StepReplay? {
    profile(of: ranks).flatMap { StepReplay($0, ranks: ranks, on: network, settings: settings) }
  }

  /// The prediction; nil where there are more ranks than samples, or the all-reduce cannot run.
  func row(_ ranks: Int) -> Forecast.Row? {
    guard let own = profile(of: ranks), let replay = replay(ranks, settings) else { return nil }
    let samples = mode == .weak ? own.samples * ranks : profile.samples
    let speed = Double(samples) / replay.step
    let ideal = Double(profile.samples) / alone(profile) * Double(ranks)
    return Forecast.Row(
      ranks: ranks, samplesPerRank: own.samples, step: replay.step,
      samplesPerSecond: speed * 1e6, efficiency: speed / ideal, compute: replay.compute,
      exposed: replay.exposed, hidden: replay.hidden, stragglers: replay.stragglers,
      input: replay.input, update: replay.update,
      limit: Limit(replay, own, alone: profile, ranks: ranks).text)
  }

  /// The most ranks for which, and for all fewer ones looked at, the efficiency is at least `least`;
  /// between two of `rows` by halving.
  func mostRanks(with least: Double, among rows: [Forecast.Row]) -> Int? {
    let good = rows.prefix { $0.efficiency >= least }
    guard var low = good.last?.ranks else { return nil }
    guard good.count < rows.count else { return low }
    var high = rows[good.count].ranks
    while high - low > max(1, low / 100) {
      let middle = (low + high) / 2
      if (row(middle)?.efficiency ?? 0) >= least { low = middle } else { high = middle }
    }
    return low
  }

  func advice(_ ranks: Int) -> Forecast.Advice {
    let algorithms = AllReduceChoice.allCases.filter { $0 != .auto && $0 != .native }
    return Forecast.Advice(
      ranks: ranks,
      algorithms: best(algorithms, ranks, \.rawValue) { $0.algorithm = $1 },
      bucketMegabytes: best([0.25, 0.5, 1, 2, 4, 8, 16, 25, 50, 100, 1000], ranks, Self.short) {
        $0.bucketBytes = Int($1 * 1e6)
      },
      compressions: best(Self.compressions, ranks, \.0) { $0.compression = $1.1 },
      samplesFor90: samples(with: 0.9, ranks), samplesFor80: samples(with: 0.8, ranks))
  }

  private static let compressions: [(String, GradientCompression)] = [
    ("none", .none), ("bf16", .bf16), ("sign", .sign),
    ("{topK: {share: 0.01}}", .topK(share: 0.01)),
    ("{randomK: {share: 0.01}}", .randomK(share: 0.01)),
  ]

  private static func short(_ value: Double) -> String {
    value == value.rounded() ? String(Int(value)) : String(value)
  }

  /// The values that can run, from the fastest; of equal ones the first.
  private func best<Value>(
    _ values: [Value], _ ranks: Int, _ name: (Value) -> String,
    _ set: (inout StepReplay.Settings, Value) -> Void
  ) -> [Forecast.Choice] {
    var choices: [Forecast.Choice] = []
    for value in values {
      var other = settings
      set(&other, value)
      guard let replay = replay(ranks, other) else { continue }
      choices.append(.init(value: name(value), step: replay.step))
    }
    return choices.enumerated().sorted {
      ($0.element.step, $0.offset) < ($1.element.step, $1.offset)
    }
    .map(\.element)
  }

  /// The least samples of a rank with which `ranks` of them are so efficient; by doubling and halving.
  private func samples(with least: Double, _ ranks: Int) -> Int? {
    func isGood(_ samples: Int) -> Bool {
      let own = profile.with(samples: samples)
      guard let replay = StepReplay(own, ranks: ranks, on: network, settings: settings) else {
        return false
      }
      return alone(own) / replay.step >= least
    }
    var high = 1
    while !isGood(high) {
      high *= 2
      guard high <= 64 * profile.samples else { return nil }
    }
    var low = high / 2
    while high - low > max(1, high / 50) {
      let middle = (low + high) / 2
      if isGood(middle) { high = middle } else { low = middle }
    }
    return high
  }
}
