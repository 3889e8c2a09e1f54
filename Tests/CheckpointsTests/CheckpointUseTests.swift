import Checkpoints
import Testing

@Suite struct CheckpointUseTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  func reader() throws -> CheckpointReader {
    try CheckpointReader(CheckpointWriter.write(checkpoint(), toFolder: folder.path))
  }

  @Test func sameTensorsInAnyOrderAreAccepted() throws {
    let reader = try reader()
    try reader.requireModel(reader.model.reversed())
    try reader.requireOptimizer(reader.optimizer)
  }

  @Test func otherModelListsEveryTensor() throws {
    let reader = try reader()
    let error = #expect(throws: CheckpointError.self) {
      try reader.requireModel([
        TensorDescription(path: "features.0.weight", shape: [3, 2]),
        TensorDescription(path: "head.scale", shape: []),
        TensorDescription(path: "head.weight", shape: [10]),
      ])
    }
    let words = try #require(error).description
    #expect(
      words.contains("misshapen   features.0.weight: the model has [3, 2], the file [2, 3]"))
    #expect(words.contains("missing     head.weight"))
    #expect(words.contains("unexpected  features.0.bias"))
    #expect(!words.contains("head.scale"))
  }

  @Test func otherOptimizerListsItsSlots() throws {
    let reader = try reader()
    let error = #expect(throws: CheckpointError.self) {
      try reader.requireOptimizer(["momentum": reader.model])
    }
    let words = try #require(error).description
    #expect(words.contains("missing     momentum/features.0.weight"))
    #expect(words.contains("unexpected  second/features.0.bias"))
  }

  @Test func summaryTellsStateAndTensors() throws {
    let summary = try CheckpointSummary(reader())
    #expect(summary.modelElementCount == 9)
    #expect(
      summary.tensors.map(\.path).prefix(2) == ["model/features.0.weight", "model/features.0.bias"])
    #expect(summary.tensors[0].maximum == 5)
    #expect(abs(summary.tensors[1].rootMeanSquare - 2.5.squareRoot()) < 1e-12)
    #expect(summary.description.contains("step        37, epoch 3, 128 samples into it"))
  }

  @Test func summaryCountsWhatIsNotFinite() throws {
    let path = try CheckpointWriter.write(checkpoint(first: .nan), toFolder: folder.path)
    let summary = try CheckpointSummary(CheckpointReader(path))
    #expect(summary.tensors[0].notFinite == 1)
    #expect(summary.description.contains("1 NOT FINITE"))
  }
}
