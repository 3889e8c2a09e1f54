import Checkpoints
import Foundation
import Interchange
import Layers

extension TrainedModel {
  /// The formats that a model can be written in.
  public enum ExportFormat: String, CaseIterable, Sendable {
    /// Named arrays, under the paths and in the layouts of checkpoints, which are PyTorch's.
    case safetensors
    /// The network with its weights, from features as they were measured to predictions.
    case onnx
  }

  /// Writes what evaluations use: the average of the weights if one was kept. Local, blocking.
  ///
  /// - Throws: `Failure` if the file exists or cannot be written; `InterchangeError` if ONNX cannot say
  ///   what the model computes.
  public func export(_ format: ExportFormat, to path: String) throws {
    guard !FileManager.default.fileExists(atPath: path) else {
      throw Failure(.usage, "\(path) exists; choose another --output")
    }
    let bytes: Data
    switch format {
    case .safetensors:
      let texts = normalization.map { ["normalization": NormalizationText.encode($0)] } ?? [:]
      bytes = SafetensorsWriter.bytes(
        try tensors(), metadata: ["format": "pt"].merging(texts) { first, _ in first })
    case .onnx: bytes = try onnx()
    }
    do {
      try bytes.write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw Failure(.inputOutput, "\(path): cannot be written: \(Failure.reason(of: error))")
    }
  }

  /// Parameters and buffers in the model's order, row-major.
  func tensors() throws -> [CheckpointTensor] {
    try map.entries.enumerated().map { index, entry in
      CheckpointTensor(
        path: entry.path, shape: entry.shape.dimensions,
        values: try map.unpack(index, from: parameters.base))
    }
  }

  private func onnx() throws -> Data {
    func form(_ batchSize: Int) throws -> ONNXModel.Form {
      let made = try PredictionGraph(model: job.model, loss: job.loss, batchSize: batchSize)
      return ONNXModel.Form(graph: made.graph, features: made.features, output: made.prediction)
    }
    return try ONNXModel(
      forms: (try form(2), try form(3)), values: try tensors().map(\.values),
      normalization: normalization.map {
        ONNXModel.Normalization(mean: $0.mean, deviation: $0.deviation)
      }
    ).bytes
  }
}
