import Testing
import Training

/// `window` and `epochWindows` of a job's data.
@Suite struct JobTokensTests {
  private func job(
    data: String, input: String = "[16]",
    first: String = "embedding: {tokens: 9, units: 4}"
  ) -> JobText {
    JobText(data: data, input: input, layers: [first, "dense: {units: 9}"])
  }

  @Test func windowsAreAsLongAsTheInput() throws {
    let read = try job(data: "{train: a.h5, test: b.h5, window: 16, epochWindows: 500}").job()
    guard case .tokens(let tokens) = read.data else {
      Issue.record("\(read.data)")
      return
    }
    #expect(tokens.train.map(\.pattern) == ["/somewhere/jobs/a.h5"])
    #expect(tokens.test.map(\.pattern) == ["/somewhere/jobs/b.h5"])
    #expect(tokens.window == 16 && tokens.epochWindows == 500)
  }

  @Test(arguments: [
    "{train: a.h5, window: 16}", "{train: a.h5, test: b.h5, window: 16, epochWindows: 500}",
  ])
  func resolvedJobReadsTheSame(data: String) throws {
    let read = try job(data: data).job()
    #expect(try Job(text: read.yaml, file: "/elsewhere/job.yaml") == read)
  }

  @Test func otherWindowIsRefused() {
    #expect(
      job(data: "{train: a.h5, window: 15}").refusal()
        == "jobs/x.yaml:1: windows of 15 tokens do not fit the model's input 16")
  }

  @Test func modelMustTakeTokens() {
    #expect(
      job(data: "{train: a.h5, window: 16}", first: "dense: {units: 4}").refusal()
        == "jobs/x.yaml:1: windows of tokens need a model that begins with an embedding")
  }

  @Test func epochWindowsNeedAWindow() {
    #expect(
      job(data: "{train: a.h5, epochWindows: 3}").refusal()
        == "jobs/x.yaml:1: epochWindows needs the key \"window\": only token files have windows")
  }

  @Test func layersReadTheSame() throws {
    let text = JobText(
      input: "[16]",
      layers: [
        "embedding: {tokens: 9, units: 4, padding: 0}", "sinusoidalPosition", "positionEmbedding",
        "selfAttention: {heads: 2, causal: true, dropout: 0.1}",
        "transformerEncoder: {heads: 2, hidden: 7, normFirst: true}",
        "transformerDecoder: {heads: 1}", "sequencePool: {kind: last}", "dense: {units: 10}",
      ])
    let job = try text.job()
    #expect(try Job(text: job.yaml, file: "/elsewhere/job.yaml") == job)
    #expect(job.yaml.contains("transformerDecoder: {heads: 1, hidden: auto, activation: gelu"))
  }
}
