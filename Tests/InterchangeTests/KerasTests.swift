import Graph
import HDF5
import Interchange
import Layers
import Testing

@Suite struct KerasTests {
  /// Two channels of 3 x 3 -> conv 2 x 2 to three filters -> 3 x 2 x 2 -> norm -> flatten -> dense 2.
  private let model = Model(
    inputShape: [2, 3, 3],
    layers: [
      Conv2D(filters: 3, kernel: 2, activation: .relu), BatchNorm(), Flatten(), Dense(units: 2),
    ])

  // Values that say where they are: the digits of a weight's value are its indices in Keras's order.
  private var kernel: [Float] { (0..<2 * 2 * 2 * 3).map { Float($0) } }
  private var dense: [Float] { (0..<12 * 2).map { Float($0) } }

  private func weights(_ write: (File) throws -> Void, _ name: String, _ rules: [String] = [])
    throws
    -> [String: [Float]]
  {
    let graph = try PredictionGraph(model: model, loss: .meanSquaredError, batchSize: 1).graph
    return try withTemporaryFolder { folder in
      let path = folder + "/" + name
      let file = try File.create(path, mode: .exclusive)
      try write(file)
      try file.close()
      let values = try ForeignWeights(path, for: graph, renaming: try Renaming(parsing: rules))
        .values(for: graph.parameters)
      return Dictionary(uniqueKeysWithValues: zip(graph.parameters.map(\.path), values))
    }
  }

  private func put(_ group: Group, _ name: String, _ shape: [Int], _ values: [Float]) throws {
    try group.createDataset(name, shape: shape, of: Float.self).write(values)
  }

  private func keras2(_ file: File, below top: String) throws {
    let root = try file.createGroup(top)
    let layers: [(String, [(String, [Int], [Float])])] = [
      ("conv2d", [("kernel:0", [2, 2, 2, 3], kernel), ("bias:0", [3], [1, 2, 3])]),
      ("dropout", []),
      (
        "batch_normalization",
        [
          ("gamma:0", [3], [4, 5, 6]), ("beta:0", [3], [7, 8, 9]),
          ("moving_mean:0", [3], [10, 11, 12]), ("moving_variance:0", [3], [13, 14, 15]),
        ]
      ),
      ("dense", [("kernel:0", [12, 2], dense), ("bias:0", [2], [16, 17])]),
    ]
    try root.attributes.set("layer_names", layers.map(\.0))
    for (name, weights) in layers {
      let group = try root.createGroup(name)
      if weights.isEmpty {
        try group.attributes.set("weight_names", [Double]())
        continue
      }
      try group.attributes.set("weight_names", weights.map { "\(name)/\($0.0)" })
      let inner = try group.createGroup(name)
      for (weight, shape, values) in weights { try put(inner, weight, shape, values) }
    }
  }

  private func keras3(_ file: File) throws {
    func layer(_ path: String, _ weights: [([Int], [Float])]) throws {
      let group = try file.createGroup("layers/\(path)/vars")
      for (index, (shape, values)) in weights.enumerated() {
        try put(group, "\(index)", shape, values)
      }
    }
    _ = try file.createGroup("layers")
    for name in ["batch_normalization", "conv2d", "dense"] {
      _ = try file.createGroup("layers/\(name)")
    }
    try layer(
      "batch_normalization",
      [([3], [4, 5, 6]), ([3], [7, 8, 9]), ([3], [10, 11, 12]), ([3], [13, 14, 15])])
    try layer("conv2d", [([2, 2, 2, 3], kernel), ([3], [1, 2, 3])])
    try layer("dense", [([12, 2], dense), ([2], [16, 17])])
  }

  private func check(_ weights: [String: [Float]]) {
    // filter o, channel c, row y, column x was kernel[y, x, c, o].
    var filter: [Float] = []
    for o in 0..<3 {
      for c in 0..<2 {
        for y in 0..<2 { for x in 0..<2 { filter.append(Float(((y * 2 + x) * 2 + c) * 3 + o)) } }
      }
    }
    #expect(weights["layers.0.weight"] == filter)
    #expect(weights["layers.0.bias"] == [1, 2, 3])
    #expect(weights["layers.1.weight"] == [4, 5, 6])
    #expect(weights["layers.1.bias"] == [7, 8, 9])
    #expect(weights["layers.1.running_mean"] == [10, 11, 12])
    #expect(weights["layers.1.running_var"] == [13, 14, 15])
    // unit u, feature (c, y, x) was kernel[(y, x, c), u].
    var matrix: [Float] = []
    for u in 0..<2 {
      for c in 0..<3 { for position in 0..<4 { matrix.append(Float((position * 3 + c) * 2 + u)) } }
    }
    #expect(weights["layers.3.weight"] == matrix)
    #expect(weights["layers.3.bias"] == [16, 17])
  }

  @Test(arguments: ["model_weights", "."])
  func readsKeras2InTheOrderOfItsLayers(_ top: String) throws {
    check(
      try weights(
        { file in
          if top == "." {
            try keras2AtRoot(file)
          } else {
            try keras2(file, below: top)
          }
        }, "model.h5"))
  }

  /// A file of `save_weights`, which has the layers at its root.
  private func keras2AtRoot(_ file: File) throws {
    try keras2(file, below: "inner")
    let names = try file.group("inner").attributes.strings("layer_names")
    try file.attributes.set("layer_names", names)
    for name in names { try file.rename("inner/\(name)", to: name) }
  }

  @Test func readsKeras3ByTheKindsOfItsLayers() throws {
    check(try weights(keras3, "model.weights.h5"))
  }

  @Test func listsWhatDoesNotFit() throws {
    let error = #expect(throws: InterchangeError.self) {
      try weights(
        { file in
          try keras3(file)
          _ = try file.createGroup("layers/dense_1")
          let group = try file.createGroup("layers/dense_1/vars")
          try put(group, "0", [2, 2], [1, 2, 3, 4])
        }, "model.weights.h5")
    }
    #expect(error.map { "\($0)".contains("unexpected  dense_1.0") } == true)
  }

  @Test func takesLayersByNameIfTheyAreRenamed() throws {
    let values = try weights(keras3, "model.weights.h5", ["dense=layers.3", "conv2d=layers.0"])
    check(values)
  }

  @Test func refusesAnotherProgramsFile() throws {
    let error = #expect(throws: InterchangeError.self) {
      try weights({ try put($0.root, "a", [1], [1]) }, "other.h5")
    }
    #expect(error.map { "\($0)".contains("holds no weights of a Keras model") } == true)
  }
}
