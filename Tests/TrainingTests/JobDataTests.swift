import Foundation
import Testing
import Training

@Suite struct JobDataTests {
  private func patterns(_ job: Job) -> [String] {
    guard case .shards(let train, let test) = job.data else { return [] }
    return (train + test).map(\.pattern)
  }

  @Test func pathsInTheFileStartAtTheFile() throws {
    #expect(
      patterns(try JobText(data: "{train: ../Data/a-*.h5, test: ./b.h5}").job())
        == ["/somewhere/Data/a-*.h5", "/somewhere/jobs/b.h5"])
  }

  @Test func pathsInOverridesStartAtTheCurrentFolder() throws {
    #expect(
      patterns(try JobText().job("data.train=[a.h5, ../b.h5]", "data.test=/c/d.h5"))
        == ["/somewhere/a.h5", "/b.h5", "/c/d.h5"])
  }

  @Test func theTestSplitMayBeMissing() throws {
    #expect(patterns(try JobText(data: "{train: a.h5}").job()) == ["/somewhere/jobs/a.h5"])
  }

  @Test func syntheticDataFollowsTheModel() throws {
    #expect(
      try JobText(data: "synthetic", training: "{epochs: 1, globalBatch: 4096}").job().data
        == .synthetic(Job.Synthetic(shape: [1, 8, 8], classes: 10, samples: 4096)))
    #expect(
      try JobText(data: "{synthetic: {shape: [1, 8, 8], classes: 7, samples: 50}}").job().data
        == .synthetic(Job.Synthetic(shape: [1, 8, 8], classes: 7, samples: 50)))
  }

  @Test func syntheticDataMustFitTheModel() {
    #expect(
      JobText(data: "{synthetic: {shape: [3, 8, 8]}}").refusal()
        == "jobs/x.yaml:1: samples of shape 3x8x8 do not fit the model's input 1x8x8")
    #expect(
      JobText(data: "{synthetic: {classes: 11}}").refusal()
        == "jobs/x.yaml:1: the model's output and softmaxCrossEntropy go with 1 to 10 classes, found 11"
    )
    #expect(
      JobText(data: "{synthetic: {classes: none}}").refusal()
        == "jobs/x.yaml:1: the model's output and softmaxCrossEntropy go with 1 to 10 classes, found none"
    )
  }

  @Test func dataIsSyntheticOrShards() {
    #expect(
      JobText(data: "{synthetic: {}, train: a.h5}").refusal()
        == "jobs/x.yaml:1: data is either synthetic or has shards, found \"train\" too")
    #expect(
      JobText(data: "nothing").refusal()
        == "jobs/x.yaml:1: \"data\": expected synthetic or the keys train and test, found \"nothing\""
    )
  }

  @Test func filesAreSortedAndNamedOnce() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("trireme-job-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for name in ["b.h5", "a.h5", "c.txt"] {
      try "".write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
    }
    let job = try JobText().job("data.train=[\(folder.path)/*.h5, \(folder.path)/a.h5]")
    guard case .shards(let train, _) = job.data else {
      Issue.record("expected shards")
      return
    }
    #expect(try train.files() == ["a.h5", "b.h5"].map { folder.path + "/" + $0 })
  }

  @Test func aPatternWithoutFilesIsAnErrorAtItsLine() throws {
    let job = try JobText(data: "{train: /no/such/train-*.h5}").job()
    guard case .shards(let train, _) = job.data else {
      Issue.record("expected shards")
      return
    }
    #expect(
      throws: JobError(
        .line(1, file: "jobs/x.yaml"), "no file matches /no/such/train-*.h5")
    ) { try train.files() }
  }
}
