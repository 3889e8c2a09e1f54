import Checkpoints
import Foundation
import Testing

/// Checkpoints that earlier versions of the program wrote, kept in `Tests/Fixtures/checkpoints`: a
/// network 4-3-2 with batch norm, Adam and an average of the weights, after 7 steps. The expected
/// numbers were read by h5py. Version 2 is in parts of two ranks.
@Suite struct CheckpointVersionTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures/checkpoints").path

  @Test(arguments: ["version-1.h5", "version-2/step-00000007.h5"])
  func everyVersionIsRead(name: String) throws {
    let reader = try CheckpointReader("\(Self.folder)/\(name)")
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
    // Version 2 was written by a later program, whose kernels round in another order.
    func expect(_ values: [Float]?, _ expected: [Float]) {
      #expect(zip(values ?? [], expected).allSatisfy { abs($0 - $1) < 5e-7 })
      #expect((values ?? []).count >= expected.count)
    }
    expect(contents.model[0].values, [0.7481724, 0.32404375, 0.3425887])
    #expect(contents.optimizer.keys.sorted() == ["average", "mean", "meanSquare"])
    expect(contents.optimizer["average"]?[2].values, [0.9725962, 1.0263981, 0.9981134])
    expect(contents.optimizer["meanSquare"]?[5].values, [0.0003384872, 0.0003384872])
  }
}
