import Federated
import Testing
import Training

@Suite struct JobFederatedTests {
  private func text(_ federated: String, privacy: String? = nil) -> JobText {
    var text = JobText()
    text.training = "{seed: 3}"
    text.rest = ["federated: \(federated)"] + (privacy.map { ["privacy: \($0)"] } ?? [])
    return text
  }

  @Test func defaultsAreThoseOfTheManual() throws {
    let settings = try #require(try text("{rounds: 5, clients: 3}").job().federated)
    #expect(settings.rounds == 5)
    #expect(settings.partition == .made(IIDPartitioner()))
    #expect(settings.cohort.isEqual(to: WholeCohort()))
    #expect(settings.localBatch == 32)
    #expect(settings.algorithm.isEqual(to: FedAvg()))
    #expect(settings.fixedPoint == FixedPoint())
  }

  @Test(arguments: [
    "{rounds: 5, clients: 3, cohort: 2, partition: {dirichlet: {alpha: 0.1}}}",
    "{rounds: 5, partition: files, cohort: {poisson: {rate: 0.5}}, localBatch: all}",
    "{rounds: 5, partition: {attribute: {name: speaker}}, algorithm: {fedProx: {mu: 0.5}}}",
    "{rounds: 5, clients: 3, server: {yogi: {rate: 0.1}}, personal: [layers.0.*]}",
    "{rounds: 5, clients: 9, robust: {krum: {liars: 2}}, attack: {kind: noise}}",
    "{rounds: 5, clients: 9, compression: {topK: {share: 0.5}}, clipNorm: 3}",
    "{rounds: 5, clients: 9, gossip: {exchanges: 2}, evaluation: {fineTuneEpochs: 1}}",
    "{rounds: 5, partition: files, silos: {count: 3, microBatches: 2}}",
    "{rounds: 5, clients: 9, availability: {dropout: 0.1, deadline: 2}, evaluation: {target: 0.9}}",
  ])
  func theResolvedJobReadsAsTheSame(federated: String) throws {
    let job = try text(federated).job()
    #expect(try Job(text: job.yaml, file: "/x.yaml") == job)
  }

  @Test(arguments: [
    "{clients: {clip: 1, noiseMultiplier: 2, adaptive: {quantile: 0.3}}, budget: 3}",
    "{samples: {clip: 1.5, noiseMultiplier: 1.3}, accountant: pld}",
    "{secureAggregation: true}", "{secureAggregation: {threshold: 0.5, degree: 20}}",
  ])
  func theResolvedPrivacyReadsAsTheSame(privacy: String) throws {
    let job = try text("{rounds: 5, clients: 3}", privacy: privacy).job()
    #expect(job.privacy != nil)
    #expect(try Job(text: job.yaml, file: "/x.yaml") == job)
  }

  @Test(arguments: [
    ("{rounds: 5}", "jobs/x.yaml:11: federated needs the key \"clients\""),
    ("{clients: 5}", "jobs/x.yaml:11: federated needs the key \"rounds\""),
    ("{rounds: 5, clients: 3, partition: files}", "jobs/x.yaml:11: the number of clients"),
    ("{rounds: 5, clients: 3, cohort: 0}", "expected a positive integer"),
    ("{rounds: 5, clients: 3, algorithm: fedAgv}", "did you mean \"fedAvg\"?"),
    ("{rounds: 5, clients: 3, cohort: {poisson: {rate: 2}}}", "a number above 0 and up to 1"),
  ])
  func mistakesAreNamedWithTheirLine(federated: String, message: String) {
    let refusal = text(federated).refusal() ?? ""
    #expect(refusal.contains(message), "\(refusal)")
  }

  @Test(arguments: [
    ("{budget: 3}", "a budget needs something that spends it"),
    (
      "{clients: {clip: 1, noiseMultiplier: 1}, samples: {clip: 1, noiseMultiplier: 1}}",
      "leave privacy.clients or privacy.samples out"
    ),
    ("{clients: {place: local, clip: 1, noiseMultiplier: 1, adaptive: {}}}", "only a central"),
    ("{delta: 1}", "a number between 0 and 1"),
  ])
  func mistakesInPrivacyAreNamed(privacy: String, message: String) {
    let refusal = text("{rounds: 5, clients: 3}", privacy: privacy).refusal() ?? ""
    #expect(refusal.contains(message), "\(refusal)")
  }

  @Test(arguments: ["1024", "dynamic"]) func scaledLossesAreRefused(scale: String) {
    var text = text("{rounds: 5, clients: 3}")
    text.training = "{seed: 3, lossScale: \(scale)}"
    #expect(text.refusal()?.contains("leave \"lossScale\" out") == true)
  }

  @Test func privacyWithoutClientsIsRefused() {
    var text = JobText()
    text.rest = ["privacy: {secureAggregation: true}"]
    #expect(text.refusal()?.contains("privacy is for federated jobs") == true)
  }

  @Test func lengthIsNeededWithoutFederation() {
    var text = JobText()
    text.training = "{seed: 3}"
    #expect(text.refusal()?.contains("training needs the key \"epochs\" or \"steps\"") == true)
  }
}
