import Checkpoints
import Foundation

/// A folder that goes with the value that made it.
final class TemporaryFolder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "trireme-checkpoints-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A small checkpoint with every kind of thing in it.
func checkpoint(step: Int = 37, seed: UInt64 = .max, first: Float = 0.1) -> CheckpointContents {
  let weight = CheckpointTensor(
    path: "features.0.weight", shape: [2, 3],
    values: [first, -0.0, 3, 4, 5, .leastNonzeroMagnitude])
  let scale = CheckpointTensor(path: "head.scale", shape: [], values: [0.25])
  let bias = CheckpointTensor(path: "features.0.bias", shape: [2], values: [1, 2])
  return CheckpointContents(
    state: CheckpointState(
      step: step, epoch: 3, position: 128, seed: seed, worldSize: 2,
      jobText: "model:\n  input: [1, 8, 8]  # ä\n",
      numbers: ["schedule.rate": 0.1, "microBatches": 4], texts: ["note": "", "loss": "mse"]),
    model: [weight, bias, scale],
    optimizer: ["first": [weight, bias, scale], "second": [bias]])
}
