import Checkpoints
import Foundation
import HDF5
import Testing

@Suite struct CheckpointRoundTripTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func everythingComesBackToTheBit() throws {
    let written = checkpoint()
    let path = try CheckpointWriter.write(written, toFolder: folder.path)
    let read = try CheckpointReader(path).contents()
    #expect(read == written)
    #expect(read.model[0].values.map(\.bitPattern) == written.model[0].values.map(\.bitPattern))
  }

  @Test func nameTellsTheStepAndLatestLeadsToIt() throws {
    let path = try CheckpointWriter.write(checkpoint(step: 200), toFolder: folder.path)
    #expect(path == folder("step-00000200.h5"))
    #expect(try folder.names == ["latest", "step-00000200.h5"])
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: folder("latest"))
        == "step-00000200.h5")
    #expect(try CheckpointReader(folder("latest")).state.step == 200)
  }

  @Test func missingFoldersAreMade() throws {
    let path = try CheckpointWriter.write(checkpoint(), toFolder: folder("runs/a/checkpoints"))
    #expect(try CheckpointReader(path).state.step == 37)
  }

  @Test func sameContentsGiveTheSameBytes() throws {
    let first = try CheckpointWriter.write(checkpoint(), toFolder: folder("a"))
    Thread.sleep(forTimeInterval: 1.1)
    let second = try CheckpointWriter.write(checkpoint(), toFolder: folder("b"))
    #expect(
      try Data(contentsOf: URL(fileURLWithPath: first))
        == Data(contentsOf: URL(fileURLWithPath: second)))
  }

  @Test(arguments: [1, 2]) func h5diffFindsNoDifferenceBetweenRankCounts(worldSize: Int) throws {
    let tool = "/usr/bin/h5diff"
    guard FileManager.default.isExecutableFile(atPath: tool) else { return }
    var other = checkpoint()
    other.state.worldSize = worldSize
    let first = try CheckpointWriter.write(checkpoint(), toFolder: folder("a"))
    let second = try CheckpointWriter.write(other, toFolder: folder("b"))
    let process = try Process.run(URL(fileURLWithPath: tool), arguments: [first, second])
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(try CheckpointReader(second).state.worldSize == worldSize)
  }

  @Test func tensorsAreWrittenOneByOne() throws {
    var order: [String] = []
    let sources = ["b", "a", "c"].map { name in
      TensorSource(path: name, shape: [4]) { target in
        order.append(name)
        target.update(repeating: Float(order.count))
      }
    }
    let path = try CheckpointWriter.write(
      CheckpointState(step: 1, epoch: 0, position: 0, seed: 1), model: sources,
      toFolder: folder.path)
    #expect(order == ["b", "a", "c"])
    let read = try CheckpointReader(path)
    #expect(read.model.map(\.path) == ["b", "a", "c"])
    #expect(try read.contents().model.map { $0.values[0] } == [1, 2, 3])
  }

  @Test func tensorsAreReadIntoTheCallersMemory() throws {
    let reader = try CheckpointReader(CheckpointWriter.write(checkpoint(), toFolder: folder.path))
    var bias: [Float] = [0, 0]
    try bias.withUnsafeMutableBufferPointer { try reader.readModel("features.0.bias", into: $0) }
    #expect(bias == [1, 2])
    bias = [0, 0]
    try bias.withUnsafeMutableBufferPointer {
      try reader.readOptimizer(slot: "second", "features.0.bias", into: $0)
    }
    #expect(bias == [1, 2])
  }

  @Test func tensorsArePlainChecksummedDatasets() throws {
    let path = try CheckpointWriter.write(checkpoint(), toFolder: folder.path)
    let file = try File.open(path)
    for dataset in try file.root.datasetPaths {
      #expect(try file.untypedDataset(dataset).filters == [.fletcher32])
    }
    #expect(try file.dataset("model/features.0.weight", of: Float.self).shape == [2, 3])
    #expect(try file.group("state").attributes.int("step") == 37)
  }

  @Test func modelWithoutOptimizerIsKept() throws {
    var contents = checkpoint()
    contents.optimizer = [:]
    let path = try CheckpointWriter.write(contents, toFolder: folder.path)
    #expect(try CheckpointReader(path).contents() == contents)
  }

  @Test func longJobFilesFit() throws {
    var contents = checkpoint()
    contents.state.jobText = String(repeating: "# a long comment\n", count: 10_000)
    let path = try CheckpointWriter.write(contents, toFolder: folder.path)
    #expect(try CheckpointReader(path).state.jobText == contents.state.jobText)
  }

  @Test func tensorOfNoElementsIsKept() throws {
    var contents = checkpoint()
    contents.model.append(CheckpointTensor(path: "none", shape: [0, 4], values: []))
    let path = try CheckpointWriter.write(contents, toFolder: folder.path)
    #expect(try CheckpointReader(path).contents() == contents)
  }

  @Test(arguments: ["", "a/b", "."]) func impossibleNamesAreRefused(name: String) throws {
    var contents = checkpoint()
    contents.model.append(CheckpointTensor(path: name, shape: [1], values: [0]))
    #expect(throws: CheckpointError.self) {
      try CheckpointWriter.write(contents, toFolder: folder.path)
    }
    #expect(try folder.names == [])
  }
}
