import Testing
import Training

@Suite struct JobCheckpointTests {
  @Test(arguments: ["everySteps: 5", "everyMinutes: 2"])
  func epochsAskForCheckpointsOnlyIfNothingElseDoes(rule: String) throws {
    #expect(try JobText().job().checkpoint.everyEpochs == 1)
    #expect(try JobText(rest: ["checkpoint: {\(rule)}"]).job().checkpoint.everyEpochs == nil)
  }

  @Test(arguments: ["loss", "accuracy", "macroF1", "top3Accuracy"])
  func bestMayBeWhatIsMeasured(name: String) throws {
    let job = try JobText(
      rest: ["metrics: [macroF1, {topK: {k: 3}}]", "checkpoint: {best: \(name)}"]
    ).job()
    #expect(job.checkpoint.best == name)
  }

  @Test func bestMustBeMeasured() {
    let error = #expect(throws: JobError.self) {
      try JobText(rest: ["checkpoint: {best: acuracy}"]).job()
    }
    #expect(error?.description.contains("did you mean \"accuracy\"?") == true)
  }

  @Test func bestNeedsATestSplit() {
    let error = #expect(throws: JobError.self) {
      try JobText(data: "{train: a.h5}", rest: ["checkpoint: {best: loss}"]).job()
    }
    #expect(error?.description.contains("there is no data.test") == true)
  }
}
