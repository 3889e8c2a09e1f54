import Testing
import Training

/// Values computed with scikit-learn 1.x and PyTorch from the same predictions.
@Suite struct MetricTests {
  private static let scores: [Float] = [
    0.6, 0.3, 0.1, 0.2, 0.5, 0.3, 0.1, 0.2, 0.7, 0.4, 0.4, 0.2, 0.3, 0.3, 0.4, 0.5, 0.2, 0.3,
  ]
  private static let classes: [Int32] = [0, 1, 2, 1, 0, 2]

  private func value(
    _ metric: any Metric, _ predictions: [Float], width: Int, _ labels: MetricChunk.Labels,
    cut: Int? = nil, loss: Double = 0
  ) -> [MetricValue] {
    var accumulator = MetricAccumulator([metric])
    let rows = predictions.count / width
    for range in cut.map({ [0..<$0, $0..<rows] }) ?? [0..<rows] {
      let part: MetricChunk.Labels =
        switch labels {
        case .classes(let all): .classes(Array(all[range]))
        case .numbers(let all):
          .numbers(Array(all[range.lowerBound * width..<range.upperBound * width]))
        }
      accumulator.add(
        MetricChunk(
          predictions: Array(predictions[range.lowerBound * width..<range.upperBound * width]),
          width: width, labels: part))
    }
    return accumulator.values(width: width, loss: loss).map(\.value)
  }

  private func expect(_ found: [MetricValue], _ wanted: Double) {
    guard case .number(let number) = found.first else {
      Issue.record("\(found)")
      return
    }
    #expect(abs(number - wanted) < 1e-6, "\(number), \(wanted)")
  }

  @Test(arguments: [(1, 0.5), (2, 1.0), (3, 1.0)]) func topK(k: Int, share: Double) {
    expect(value(TopK(k: k), Self.scores, width: 3, .classes(Self.classes)), share)
  }

  @Test func macroF1() {
    expect(value(MacroF1(), Self.scores, width: 3, .classes(Self.classes)), 0.522222222)
  }

  @Test func confusionMatrix() {
    #expect(
      value(ConfusionMatrix(), Self.scores, width: 3, .classes(Self.classes), cut: 2)
        == [.matrix([[1, 0, 1], [1, 1, 0], [1, 0, 1]])])
  }

  @Test(arguments: [nil, 1, 4]) func areaUnderCurveOfClasses(cut: Int?) {
    expect(
      value(AreaUnderCurve(), Self.scores, width: 3, .classes(Self.classes), cut: cut), 0.854166667)
  }

  @Test func areaUnderCurveOfOneOutput() {
    expect(
      value(
        AreaUnderCurve(), [0.1, 0.4, 0.35, 0.8, 0.4, 0.9], width: 1,
        .numbers([0, 0, 1, 1, 1, 0])), 0.5)
  }

  @Test(arguments: [nil, 2]) func determination(cut: Int?) {
    expect(
      value(
        Determination(), [0.1, 2, 0.9, -1, 2.2, 0.5, 3.1, 4], width: 2,
        .numbers([0, 2.5, 1, -1.5, 2, 0, 3, 4.5]), cut: cut), 0.969401180)
  }

  @Test func errors() {
    let (outputs, labels): ([Float], [Float]) = ([0.5, 2, -1], [0, 4, -1])
    expect(value(MeanError(.squared), outputs, width: 1, .numbers(labels), cut: 1), 4.25 / 3)
    expect(value(MeanError(.absolute), outputs, width: 1, .numbers(labels), cut: 1), 2.5 / 3)
  }

  @Test func perplexityIsOfTheLoss() {
    expect(value(Perplexity(), Self.scores, width: 3, .classes(Self.classes), loss: 1), 2.718281828)
  }

  @Test func ignoredLabelsDoNotCount() {
    var labels = Self.classes
    labels[5] = -100
    expect(value(TopK(k: 1), Self.scores, width: 3, .classes(labels)), 0.6)
  }

  @Test func metricsAreReadFromTheJob() throws {
    let job = try JobText(rest: [
      "metrics: [{topK: {k: 3}}, macroF1, auc, confusionMatrix, perplexity]"
    ])
    .job()
    #expect(
      job.metrics
        == Job.Metrics([TopK(k: 3), MacroF1(), AreaUnderCurve(), ConfusionMatrix(), Perplexity()]))
    #expect(try Job(text: job.yaml, file: "job.yaml", currentFolder: "/elsewhere") == job)
  }

  @Test func aMetricOfOtherLabelsIsRefused() {
    #expect(
      JobText(rest: ["metrics: [r2]"]).refusal()?.contains("wants labels that are numbers") == true)
  }
}
