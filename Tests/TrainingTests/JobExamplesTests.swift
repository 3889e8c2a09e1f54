import Foundation
import Graph
import Layers
import Testing
import Training

/// The files in `jobs/`.
@Suite struct JobExamplesTests {
  private func example(_ name: String) throws -> Job {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    return try Job(file: root.appendingPathComponent("jobs/\(name).yaml").path)
  }

  @Test(
    arguments: [
      ("iris-mlp", 83), ("digits-cnn", 9_930), ("bench-small-mlp", 2_110), ("cifar-cnn", 122_570),
      ("cifar-resnet20", 274_042), ("mnist-rnn", 54_538), ("mnist-lstm", 214_282),
      ("names-rnn", 131_730), ("bench-rnn", 54_538), ("bench-lstm", 214_282),
      ("bench-large-mlp", 5_824_522),
    ])
  func hasSoManyParameters(name: String, count: Int) throws {
    let job = try example(name)
    let training = try TrainingGraph(model: job.model, loss: job.loss, batchSize: 2)
    #expect(training.graph.parameters.reduce(0) { $0 + $1.shape.count } == count)
    #expect(training.output.shape.rank == 2)
  }

  /// 65 x 128 tokens, 64 x 128 positions, four blocks of 12 x 128^2 + 13 x 128, the last norm.
  @Test func gptSharesItsMatrix() throws {
    let job = try example("shakespeare-gpt")
    let training = try TrainingGraph(model: job.model, loss: job.loss, batchSize: 2)
    let count = training.graph.parameters.reduce(0) { $0 + $1.shape.count }
    #expect(count == 809_856)
    #expect(training.output.shape == [2, 64, 65])
  }

  @Test(arguments: ["iris-mlp", "digits-cnn"])
  func findsItsShards(name: String) throws {
    guard case .shards(let train, let test) = try example(name).data else {
      Issue.record("expected shards")
      return
    }
    #expect(try train.files().count == 4)
    #expect(try test.files().count == 1)
  }

  @Test(arguments: ["iris-mlp", "digits-cnn"])
  func fourMicroBatchesGiveTheSameBitsOnOneTwoAndFourRanks(name: String) throws {
    #expect(try example(name).training.microBatches == 4)
  }

  @Test func theBenchmarkNeedsNoFiles() throws {
    #expect(
      try example("bench-small-mlp").data
        == .synthetic(Job.Synthetic(shape: [10], classes: 10, samples: 1024)))
  }
}
