import Checkpoints
import Foundation
import Testing

/// Checkpoints that earlier versions of the program wrote, kept in `Tests/Fixtures/checkpoints`: a
/// network 4-3-2 with batch norm, Adam and an average of the weights, after 7 steps. The expected
/// numbers were read by h5py.
@Suite struct CheckpointVersionTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures/checkpoints").path

  @Test(arguments: ["version-1"]) func everyVersionIsRead(name: String) throws {
    let reader = try CheckpointReader("\(Self.folder)/\(name).h5")
    try reader.verify()
    let contents = try reader.contents()
    let state = contents.state
    #expect((state.step, state.epoch, state.position, state.seed) == (7, 1, 16, 11))
    #expect(state.jobText.contains("seed: 11"))
    #expect(
      contents.model.map(\.path) == [
        "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias",
        "layers.1.running_mean", "layers.1.running_var", "layers.2.weight", "layers.2.bias",
      ])
    #expect(contents.model[0].shape == [3, 4])
    #expect(contents.model[0].values.prefix(3) == [0.7481724, 0.32404375, 0.3425887])
    #expect(contents.optimizer.keys.sorted() == ["average", "mean", "meanSquare"])
    #expect(contents.optimizer["average"]?[2].values == [0.9725962, 1.0263981, 0.9981134])
    #expect(contents.optimizer["meanSquare"]?[5].values == [0.0003384872, 0.0003384872])
  }
}
