import Foundation
import Scaling
import Testing

@Suite struct ScalingTestTests {
  private func measured(
    _ settings: ScalingTest.Settings, _ runner: @escaping ScalingTest.Runner
  ) throws -> ScalingResults {
    try ScalingTest(settings, runner: runner).run()
  }

  @Test func efficiencyIsSpeedUpOverRanks() throws {
    let results = try measured(
      .sample(ranks: [1, 2]), pretending { $0 == 1 ? 1000 : 625 })
    let pair = try #require(results.series.first?.points.last)
    #expect(abs(pair.speedUp.median - 1.6) < 1e-9)
    #expect(abs((pair.efficiency?.median ?? 0) - 0.8) < 1e-9)
  }

  @Test func aWeakStepThatTakesAsLongIsFullyEfficient() throws {
    let results = try measured(.sample(ranks: [1, 2], modes: [.weak]), pretending { _ in 1000 })
    let pair = try #require(results.series.first?.points.last)
    #expect(pair.globalBatch == 128)
    #expect(pair.efficiency?.median == 1)
  }

  @Test func stepsWithoutTheSumGiveTheSecondEfficiency() throws {
    let results = try measured(.sample(ranks: [1, 2]), pretending { _ in 1000 })
    let points = results.series[0].points
    #expect(points[0].synchronizationEfficiency == nil)
    #expect(abs((points[1].synchronizationEfficiency?.median ?? 0) - 0.9) < 1e-9)
  }

  @Test func theLastRankHasAnEfficiencyOfItsOwn() throws {
    let results = try measured(.sample(ranks: [1, 2]), pretending { _ in 1000 })
    let points = results.series[0].points
    #expect(points[0].lastEfficiency == nil)
    #expect(points[1].lastEfficiency?.median == 0.98)
    #expect(results.table.contains("of the last rank, sum off"))
    #expect(results.table.contains("98.0 %"))
    #expect(try results.json().contains("\"lastEfficiency\""))
  }

  @Test func theFirstRoundIsThrownAway() throws {
    var calls = 0
    let runner = pretending { _ in
      calls += 1
      return calls <= 4 ? 9e6 : 1000
    }
    // The pretended runner asks twice a run.
    let results = try measured(.sample(ranks: [1, 2]), runner)
    #expect(results.series[0].points[0].stepMicroseconds.runs == [1000, 1000, 1000])
  }

  @Test func ranksTakeTurns() throws {
    var order: [String] = []
    let runner = pretending({ _ in 1000 }) { words in
      if !words.contains("allreduce"), let at = words.firstIndex(of: "-n") {
        order.append(words[at + 1])
      }
    }
    _ = try measured(.sample(ranks: [1, 2], rounds: 2), runner)
    #expect(order == ["1", "2", "2", "1", "1", "2"])
  }

  @Test func onlyOneRunOfEachWritesACheckpoint() throws {
    var count = 0
    let runner = pretending({ _ in 1000 }) { if $0.contains("--checkpoint") { count += 1 } }
    _ = try measured(.sample(ranks: [1, 2]), runner)
    #expect(count == 2)
  }

  @Test func theRooflineShareIsThatOfTheGradients() throws {
    let results = try measured(.sample(ranks: [1, 2]), pretending { _ in 1000 })
    #expect(results.series[0].points.map(\.rooflineShare) == [nil, 0.5])
  }

  // MARK: Refusals

  private func refusal(_ settings: ScalingTest.Settings) -> String? {
    do {
      _ = try ScalingTest(settings, runner: pretending { _ in 1000 }).run()
      return nil
    } catch {
      return "\(error)"
    }
  }

  @Test func refusesMoreRanksThanCores() throws {
    let text = try #require(refusal(.sample(ranks: [1, 4])))
    #expect(text.hasPrefix("4 ranks x 1 threads are more than 2 cores"))
    #expect(text.contains("--oversubscribe"))
  }

  @Test func callsItAShapeIfRanksMayShareCores() throws {
    var settings = ScalingTest.Settings.sample(ranks: [1, 4])
    settings.mayShareCores = true
    let results = try measured(settings, pretending({ _ in 1000 }, cores: 2))
    let crowd = try #require(results.series[0].points.last)
    #expect(results.isShapeOnly)
    #expect(crowd.efficiency == nil && crowd.synchronizationEfficiency == nil)
    #expect(crowd.lastEfficiency == nil)
    #expect(crowd.shape != nil)
    #expect(results.table.contains("shape only"))
  }

  @Test func refusesRanksThatTheLauncherDidNotBind() {
    #expect(throws: ScalingError.self) {
      try measured(.sample(ranks: [1, 2]), pretending({ _ in 1000 }, cores: 1))
    }
  }

  @Test func refusesABatchThatLeavesRanksIdle() throws {
    var settings = ScalingTest.Settings.sample(ranks: [1, 2])
    settings.plan = ScalingPlan(ranks: [1, 2], modes: [.strong], rounds: 1, globalBatch: 1)
    #expect(try #require(refusal(settings)).contains("training.globalBatch"))
  }

  @Test func refusesTooFewMicroBatches() throws {
    var settings = ScalingTest.Settings.sample(ranks: [1, 2])
    settings.microBatches = 1
    #expect(try #require(refusal(settings)).hasPrefix("training.microBatches is 1"))
  }

  @Test func microBatchesGrowWithAWeakBatch() throws {
    var settings = ScalingTest.Settings.sample(ranks: [1, 2], modes: [.weak])
    settings.microBatches = 1
    var seen: Set<String> = []
    let runner = pretending({ _ in 1000 }) { words in
      seen.formUnion(words.filter { $0.hasPrefix("training.microBatches=") })
    }
    _ = try measured(settings, runner)
    #expect(seen == ["training.microBatches=1", "training.microBatches=2"])
  }

  @Test func namesTheRunThatFailed() throws {
    let runner: ScalingTest.Runner = { _ in
      ChildRun(exitCode: 65, output: "", errors: "trireme: no such file\n")
    }
    let error = try #require(
      #expect(throws: ScalingError.self) { try measured(.sample(ranks: [1, 2]), runner) })
    guard case .runFailed(let text, let code) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(code == 65)
    #expect(text.contains("the run on 1 rank") && text.contains("no such file"))
  }

  @Test func refusesALauncherThatStartsSingletons() {
    let runner: ScalingTest.Runner = { _ in
      ChildRun(exitCode: 0, output: RunReport.sample(ranks: 1).printed)
    }
    #expect(throws: ScalingError.self) { try measured(.sample(ranks: [2]), runner) }
  }
}
