import Engine
import Foundation
import Graph
import HDF5
import Layers
import Optimizers
import Parallelism
import Training

/// A case of `Tests/Reference/<file>.h5`, which a script wrote with PyTorch.
struct ReferenceCase {
  let name: String
  let job: Job
  private let group: Group

  /// The names of the cases of a file.
  static func names(in file: String) -> [String] {
    (try? open(file).root.names) ?? []
  }

  init(_ name: String, in file: String) throws {
    self.name = name
    group = try Self.open(file).group(name)
    job = try Job(text: try group.attributes.string("job"), file: "/reference/\(name).yaml")
  }

  private static func open(_ file: String) throws -> File {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent()
    return try File.open(folder.path + "/Reference/\(file).h5", .readOnly)
  }

  /// The numbers of a data set.
  func values(_ path: String) throws -> [Float] { try group.dataset(path, of: Float.self).read() }

  /// The rates of a schedule.
  func rates() throws -> [Double] { try group.dataset("rates", of: Double.self).read() }

  func has(_ path: String) throws -> Bool { try group.exists(path) }

  /// The features of the batch.
  func shape(_ path: String) throws -> [Int] {
    let dataset = try group.dataset(path, of: Float.self)
    return try dataset.shape
  }
}

/// A case computed by the engine: forward, backward, updates, as a training does them.
final class ReferenceRun {
  let reference: ReferenceCase
  private let graph: TrainingGraph
  private let state: ModelState
  private let executor: Executor
  private let batchSize: Int

  init(_ reference: ReferenceCase) throws {
    self.reference = reference
    KernelThreads.useOne()
    batchSize = try reference.shape("features")[0]
    graph = try TrainingGraph(
      model: reference.job.model, loss: reference.job.loss, batchSize: batchSize)
    let plan = try Plan(
      graph.graph, fetching: [graph.output], results: graph.contributions + [graph.lossSum])
    state = try ModelState(
      graph.graph.parameters, map: plan.parameters, optimizer: reference.job.optimizer.policy,
      seed: 0)
    for (index, entry) in state.map.entries.enumerated() {
      try state.map.pack(
        try reference.values("parameters/\(entry.path)"), index, into: state.parameters.base)
    }
    executor = try Executor(plan, parameters: state.parameters.base)
    try feed(executor, graph)
    try executor.setInput(TrainingGraph.InputName.sampleWeight, [1 / Float(batchSize)])
  }

  private func feed(_ executor: Executor, _ graph: TrainingGraph) throws {
    for (name, type) in [("features", graph.features.type), ("labels", graph.labels.type)] {
      let values = try reference.values(name)
      switch type.element {
      case .float32: try executor.setInput(name, values)
      case .int32: try executor.setInput(name, values.map { Int32($0) })
      }
    }
  }

  /// Forward and backward pass.
  func run() throws { try executor.run() }

  var output: [Float] { executor.value(of: graph.output).map(Array.init) ?? [] }

  /// The mean over samples.
  var loss: Float {
    executor.resultBase[executor.plan.results[graph.contributions.count].offset] / Float(batchSize)
  }

  /// Paths of the trained parameters.
  var trained: [String] { state.map.entries.filter(\.isTrained).map(\.path) }
  /// Paths of parameters and buffers.
  var paths: [String] { state.map.entries.map(\.path) }

  func gradient(_ path: String) throws -> [Float] {
    try unpack(path, from: executor.resultBase)
  }

  func parameter(_ path: String) throws -> [Float] {
    try unpack(path, from: state.parameters.base)
  }

  /// The average of the weights, the last of the optimizer's arrays.
  func average(_ path: String) throws -> [Float] {
    try state.slots.last.map { try unpack(path, from: $0.base) } ?? []
  }

  private func unpack(_ path: String, from flat: UnsafeMutablePointer<Float>) throws -> [Float] {
    try state.map.index(of: path).map { try state.map.unpack($0, from: flat) } ?? []
  }

  /// What a training does with the results of step `step`, from 1.
  func update(step: Int) {
    let map = state.map
    var slots = Slots()
    for slot in state.slots { slots.append(slot.buffer) }
    state.update.apply(
      parameters: UnsafeMutableBufferPointer(start: state.parameters.base, count: map.trainedCount),
      gradients: UnsafeMutableBufferPointer(start: executor.resultBase, count: map.trainedCount),
      slots: slots, step: step,
      learningRate: reference.job.optimizer.schedule.learningRate(step: step))
    for average in graph.bufferUpdates {
      let entry = map.entries[average.parameter]
      for index in entry.offset..<entry.offset + entry.storedCount {
        state.parameters.base[index] =
          average.momentum * state.parameters.base[index]
          + (1 - average.momentum) * executor.resultBase[index]
      }
    }
  }

  /// The output in inference mode.
  func evaluated() throws -> [Float] {
    let graph = try TrainingGraph(
      model: reference.job.model, loss: reference.job.loss, batchSize: batchSize, mode: .inference)
    // The loss is fetched so that the plan reads the labels, which `feed` gives.
    let plan = try Plan(
      graph.graph, fetching: [graph.output, graph.lossSum], parameters: state.map)
    let executor = try Executor(plan, parameters: state.parameters.base)
    try feed(executor, graph)
    try executor.run()
    return executor.value(of: graph.output).map(Array.init) ?? []
  }
}
