public import Graph

/// Evaluates a graph op by op in plain Swift: slow, row-major, and written to be obviously right.
///
/// Tests hold the engine against it, and hold the gradient rules against its finite differences.
/// Inside an op everything is computed in `Double`, so that no result depends on an order of
/// summation; `precision` says what an op hands to the next one.
public struct ReferenceBackend: Sendable {
  /// What is kept between ops.
  public enum Precision: Sendable {
    /// Each result is rounded to `Float`, as the engine stores it.
    case single
    /// Nothing is rounded, so that differences of nearby points mean something.
    case double
  }

  /// What is kept between ops.
  public let precision: Precision

  /// A backend; results are rounded to `Float` after each op unless said otherwise.
  public init(precision: Precision = .single) { self.precision = precision }

  /// The values of `fetching`, in that order; only what they need is evaluated.
  ///
  /// - Parameters:
  ///   - inputs: The elements of each input by name, row-major.
  ///   - parameters: The elements of each parameter and buffer by path, row-major.
  /// - Throws: `ReferenceError` if a needed leaf is missing or has the wrong number or type of
  ///   elements, or if a label is not a class.
  public func run(
    _ graph: TensorGraph, inputs: [String: HostArray], parameters: [String: [Float]],
    fetching: [Tensor]
  ) throws(ReferenceError) -> [HostArray] {
    var leaves = Leaves(parameters: parameters.mapValues { $0.map(Double.init) })
    for (name, input) in inputs {
      switch input {
      case .float32(let values): leaves.reals[name] = values.map(Double.init)
      case .int32(let values): leaves.integers[name] = values
      }
    }
    return try evaluate(graph, leaves, fetching: fetching).map { result in
      switch result {
      case .real(let tensor): .float32(tensor.values.map(Float.init))
      case .integer(let values): .int32(values)
      }
    }
  }

  /// As ``run(_:inputs:parameters:fetching:)``, with leaves and results that are not rounded.
  ///
  /// - Parameters:
  ///   - reals: The elements of each float32 input by name.
  ///   - integers: The elements of each int32 input by name.
  ///   - parameters: The elements of each parameter and buffer by path.
  /// - Throws: `ReferenceError`, also if a fetched tensor is int32.
  public func runUnrounded(
    _ graph: TensorGraph, reals: [String: [Double]], integers: [String: [Int32]] = [:],
    parameters: [String: [Double]], fetching: [Tensor]
  ) throws(ReferenceError) -> [[Double]] {
    let leaves = Leaves(reals: reals, integers: integers, parameters: parameters)
    var results: [[Double]] = []
    for result in try evaluate(graph, leaves, fetching: fetching) {
      guard case .real(let tensor) = result else {
        throw ReferenceError("fetch", "an int32 tensor has no unrounded value")
      }
      results.append(tensor.values)
    }
    return results
  }
}

extension ReferenceBackend {
  /// What is fed.
  struct Leaves {
    var reals: [String: [Double]] = [:]
    var integers: [String: [Int32]] = [:]
    var parameters: [String: [Double]]
  }

  /// A value of a run.
  enum Result {
    case real(ReferenceTensor)
    case integer([Int32])
  }

  private func evaluate(
    _ graph: TensorGraph, _ leaves: Leaves, fetching: [Tensor]
  ) throws(ReferenceError) -> [Result] {
    var results = [[Result]](repeating: [], count: graph.nodes.count)
    let needed = try needs(of: fetching, in: graph)
    for node in graph.nodes where needed[node.index] {
      let operands = Operands(
        node: node, results: node.inputs.map { results[$0.node][$0.output] }, leaves: leaves)
      results[node.index] = try evaluate(operands).map { result in
        guard case .real(let tensor) = result, precision == .single else { return result }
        return .real(tensor.rounded())
      }
    }
    return fetching.map { results[$0.value.node][$0.value.output] }
  }

  /// For each node whether one of `fetched` is, or reads, it.
  private func needs(
    of fetched: [Tensor], in graph: TensorGraph
  ) throws(ReferenceError) -> [Bool] {
    var needed = [Bool](repeating: false, count: graph.nodes.count)
    for tensor in fetched {
      guard tensor.graph === graph else {
        throw ReferenceError("fetch", "a fetched tensor belongs to another graph")
      }
      needed[tensor.value.node] = true
    }
    for node in graph.nodes.reversed() where needed[node.index] {
      for input in node.inputs { needed[input.node] = true }
    }
    return needed
  }
}
