public import Graph

// What goes in and comes out, by name.

extension Executor {
  /// The memory of an input of the graph, row-major, to be filled before a run; nil if the plan has
  /// no such input. It keeps its content.
  public func input(_ name: String) -> UnsafeMutableRawBufferPointer? {
    plan.inputs[name].map {
      UnsafeMutableRawBufferPointer(start: pointer($0.buffer), count: $0.type.byteCount)
    }
  }

  /// The type of an input of the graph; nil if the plan has no such input.
  public func inputType(_ name: String) -> TensorType? { plan.inputs[name]?.type }

  /// Copies values into a float32 input.
  public func setInput(_ name: String, _ values: [Float]) throws(EngineError) {
    try copy(values, name, .float32)
  }

  /// Copies values into an int32 input.
  public func setInput(_ name: String, _ values: [Int32]) throws(EngineError) {
    try copy(values, name, .int32)
  }

  private func copy<Element: BitwiseCopyable>(
    _ values: [Element], _ name: String, _ element: ElementType
  ) throws(EngineError) {
    guard let input = plan.inputs[name], let memory = self.input(name) else {
      throw EngineError("input \(name)", "the plan does not read it")
    }
    guard input.type == TensorType(input.type.shape, element),
      values.count == input.type.shape.count
    else {
      throw EngineError(
        "input \(name)", "is \(input.type), got \(values.count) of \(element.rawValue)")
    }
    values.withUnsafeBytes { memory.copyMemory(from: $0) }
  }

  /// Sets how far the next runs go where they update parameters themselves (``Plan/descended``):
  /// p -= rate * (gradient + decay * p).
  public func setDescent(rate: Float, decay: Float) {
    input(Plan.descentInput)?.storeBytes(of: (rate, decay), as: (Float, Float).self)
  }

  /// Sets a parameter from row-major values.
  public func setParameter(_ path: String, _ values: [Float]) throws(EngineError) {
    guard let index = plan.parameters.index(of: path) else {
      throw EngineError("parameter \(path)", "the model has none of that path")
    }
    try plan.parameters.pack(values, index, into: parameterBase)
  }

  /// The memory of a fetched value, row-major; nil if the plan does not fetch it.
  public func value(of tensor: Tensor) -> UnsafeMutableBufferPointer<Float>? {
    plan.fetched[tensor.value].map {
      UnsafeMutableBufferPointer(start: pointer($0.buffer), count: $0.count)
    }
  }
}
