import Checkpoints
import Foundation
import Graph
import Interchange
import Layers
import Testing

@Suite struct StateDictTests {
  /// dense 3 -> 2 and a batch norm over the result.
  private func graph() throws -> TensorGraph {
    let model = Model(inputShape: [3], layers: [Dense(units: 2), BatchNorm()])
    return try PredictionGraph(model: model, loss: .meanSquaredError, batchSize: 1).graph
  }

  private func tensor(_ path: String, _ shape: [Int]) -> CheckpointTensor {
    CheckpointTensor(
      path: path, shape: shape, values: (0..<shape.reduce(1, *)).map { Float($0) })
  }

  private var tensors: [CheckpointTensor] {
    [
      tensor("0.weight", [2, 3]), tensor("0.bias", [2]), tensor("1.weight", [2]),
      tensor("1.bias", [2]), tensor("1.running_mean", [2]), tensor("1.running_var", [2]),
      tensor("1.num_batches_tracked", []),
    ]
  }

  private func values(
    _ tensors: [CheckpointTensor], _ rules: [String] = []
  ) throws -> [[Float]] {
    let graph = try graph()
    return try withFile("w.safetensors", SafetensorsWriter.bytes(tensors)) { path in
      try ForeignWeights(path, for: graph, renaming: try Renaming(parsing: rules))
        .values(for: graph.parameters)
    }
  }

  @Test func findsTheLayersOfASequential() throws {
    let values = try values(tensors)
    #expect(values.map(\.count) == [6, 2, 2, 2, 2, 2])
    #expect(values[0] == [0, 1, 2, 3, 4, 5])
  }

  @Test func renamesLayersByTheLongestRule() throws {
    let renamed = tensors.map { tensor in
      let path = tensor.path.replacingOccurrences(of: "0.", with: "net.fc.")
        .replacingOccurrences(of: "1.", with: "net.")
      return CheckpointTensor(path: path, shape: tensor.shape, values: tensor.values)
    }
    #expect(try values(renamed, ["net=layers.1", "net.fc=layers.0"]).count == 6)
  }

  @Test func leavesOutWhatIsMappedToNothing() throws {
    let more = tensors + [tensor("head.weight", [4, 4])]
    #expect(try values(more, ["head="]).count == 6)
  }

  @Test func listsAllTensorsThatDoNotFitAtOnce() throws {
    let wrong = [
      tensor("0.weight", [3, 2]), tensor("1.weight", [2]), tensor("1.bias", [2]),
      tensor("1.running_mean", [3]), tensor("1.running_var", [2]), tensor("extra", [1]),
    ]
    let error = #expect(throws: InterchangeError.self) { try values(wrong) }
    guard case .mismatch(_, let list)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(
      list == """
          missing     layers.0.bias
          unexpected  extra
          misshapen   layers.0.weight: the model has [2, 3], the file [3, 2]
          misshapen   layers.1.running_mean: the model has [2], the file [3]
        """)
  }

  @Test func saysWhenTwoTensorsGoToOnePlace() throws {
    let error = #expect(throws: InterchangeError.self) {
      try values(tensors + [tensor("other", [2])], ["other=layers.0.bias"])
    }
    #expect(error.map { "\($0)".contains("twice       layers.0.bias") } == true)
  }

  @Test(arguments: ["nosign", "=layers.0", "absent=layers.0"])
  func refusesRulesThatMeanNothing(_ rule: String) {
    #expect(throws: InterchangeError.self) { try values(tensors, [rule]) }
  }
}
