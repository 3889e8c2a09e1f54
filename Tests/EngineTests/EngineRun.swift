import Engine
import Graph
import Testing

/// One case on the engine and on the reference.
struct EngineRun {
  let built: BuiltCase
  let executor: Executor

  /// Compiles the case and feeds it.
  init(
    _ built: BuiltCase, fetching: [Tensor], results: [Tensor] = [],
    arithmetic: Arithmetic = .float32
  ) throws {
    self.built = built
    let plan = try Plan(
      built.graph, fetching: fetching, results: results, arithmetic: arithmetic)
    executor = try Executor(plan)
    for (name, values) in built.inputs where executor.input(name) != nil {
      switch values {
      case .float32(let values): try executor.setInput(name, values)
      case .int32(let values): try executor.setInput(name, values)
      }
    }
    for (path, values) in built.parameters { try executor.setParameter(path, values) }
  }

  func values(of tensor: Tensor) throws -> [Float] {
    Array(try #require(executor.value(of: tensor)))
  }

  func reference(of tensors: [Tensor]) throws -> [[Float]] { try built.reference(of: tensors) }
}

extension BuiltCase {
  /// The values of `tensors` by the reference.
  func reference(of tensors: [Tensor]) throws -> [[Float]] {
    try ReferenceBackend().run(
      graph, inputs: inputs, parameters: parameters, fetching: tensors
    ).map(\.floats)
  }
}

/// Tolerances, relative to the largest magnitude of the tensor: 100 roundings for a value, ten times
/// that for a gradient, whose terms cancel.
enum Tolerance {
  static let value: Float = 1e-5
  static let gradient: Float = 1e-4
}

/// Expects `found` to be `wanted` within `tolerance` of the largest magnitude.
func expectClose(
  _ found: [Float], _ wanted: [Float], within tolerance: Float, _ what: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(found.count == wanted.count, "\(what)", sourceLocation: sourceLocation)
  let scale = max(1e-6, wanted.map(abs).max() ?? 0)
  var worst: (error: Float, element: Int) = (0, 0)
  for (element, (a, b)) in zip(found, wanted).enumerated() where a != b {
    let error = abs(a - b) / scale
    if !(error <= worst.error) { worst = (error, element) }
  }
  guard !(worst.error <= tolerance) else { return }
  Issue.record(
    """
    \(what): element \(worst.element) of \(wanted.count) is \(found[worst.element]), \
    should be \(wanted[worst.element]); off by \(worst.error) of the largest, \(scale)
    """, sourceLocation: sourceLocation)
}
