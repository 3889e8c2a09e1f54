import Foundation
import Scaling

extension RunReport {
  /// A run of some ranks, as the command prints it.
  static func sample(
    ranks: Int, step: Double = 1000, alone: Double? = nil, last: Double = 1, samples: Int = 64,
    cores: Int? = nil
  ) -> RunReport {
    let text = """
      {"ranks":\(ranks),"hosts":1,"cores":\(cores ?? ranks),"threads":1,"algorithm":"window",
      "samples":\(samples),"gradientBytes":4000000,"sentBytes":0,"stepMicroseconds":\(step),
      "aloneMicroseconds":\(alone ?? step),"lastEfficiency":\(last),"inputMicroseconds":10,
      "computeMicroseconds":\((alone ?? step) - 10),"imbalanceMicroseconds":0,
      "exposedMicroseconds":\(step - (alone ?? step)),"hiddenMicroseconds":5}
      """
    // swift-format-ignore: NeverUseForceTry
    return try! RunReport(output: text.replacingOccurrences(of: "\n", with: " "))
  }

  /// What the command prints.
  var printed: String {
    // swift-format-ignore: NeverUseForceTry
    String(decoding: try! JSONEncoder().encode(self), as: UTF8.self) + "\n"
  }
}

extension ScalingTest.Settings {
  /// A test of some ranks on a machine of two cores.
  static func sample(ranks: [Int], modes: [ScalingMode] = [.strong], rounds: Int = 3) -> Self {
    ScalingTest.Settings(
      trireme: ["trireme"], job: "job.yaml",
      plan: ScalingPlan(ranks: ranks, modes: modes, rounds: rounds, globalBatch: 64), cores: 2,
      scratch: "/nowhere")
  }
}

/// A runner that measures nothing: a step takes `step(ranks)` microseconds, and an all-reduce reaches
/// half of what memory carries.
func pretending(
  _ step: @escaping (Int) -> Double, cores: Int? = nil,
  note: @escaping ([String]) -> Void = { _ in }
) -> ScalingTest.Runner {
  { words in
    note(words)
    let ranks = words.firstIndex(of: "-n").flatMap { Int(words[$0 + 1]) } ?? 1
    guard !words.contains("allreduce") else {
      return ChildRun(
        exitCode: 0,
        output:
          "{\"ranks\":\(ranks),\"rows\":[{\"algorithm\":\"window\",\"bytes\":4096,\"microseconds\":10,\"busGBps\":1,\"memoryGBps\":1},{\"algorithm\":\"window\",\"bytes\":4000000,\"microseconds\":10,\"busGBps\":1,\"memoryGBps\":5}],\"rooflineGBps\":10}"
      )
    }
    let batch = words.last { $0.hasPrefix("training.globalBatch=") }
    let samples = batch.flatMap { Int($0.split(separator: "=")[1]) } ?? 0
    return ChildRun(
      exitCode: 0,
      output: RunReport.sample(
        ranks: ranks, step: step(ranks), alone: 0.9 * step(ranks), last: 0.98, samples: samples,
        cores: cores
      ).printed)
  }
}

/// Results on one and two ranks, a round for each value of `efficiency`, which two ranks reach.
func results(
  efficiency: [Double] = [0.9, 0.91, 0.92], processor: String = "a processor", rate: Double = 1
) throws -> ScalingResults {
  var pairs = 0
  let runner: ScalingTest.Runner = { words in
    let isPair = words.contains("2") && !words.contains("allreduce")
    // Its first run is a warm-up.
    let reached = efficiency[max(0, pairs - 1) % efficiency.count]
    if isPair { pairs += 1 }
    return try pretending { ($0 == 1 ? 1000 : 500 / reached) / rate }(words)
  }
  var results = try ScalingTest(
    .sample(ranks: [1, 2], rounds: efficiency.count), runner: runner
  ).run(date: Date(timeIntervalSince1970: 1_700_000_000))
  results.machine.processor = processor
  return results
}
