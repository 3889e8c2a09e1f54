import Graph

// What leaves a plan: results in the flat array, and fetched values.

extension Compiler {
  /// The layout of a result slot: the parameter's, fixed now if nobody has.
  func slotLayout(_ slot: Int, _ offered: Layout) throws(EngineError) -> Layout {
    guard slot < parameters.count else { return try offered.plainTwin() }
    if let fixed = parameterLayouts[slot] { return fixed }
    let plain = try Layout.plain(parameters[slot].shape)
    parameterLayouts[slot] = plain
    return plain
  }

  /// Notes, or copies, `value` into the result slots that want it.
  func finishResults(_ value: Value) throws(EngineError) {
    guard let slots = resultSlots[value], isBound(value) else { return }
    let source = try bound(value)
    for slot in slots where resultSteps[slot] == nil {
      if case .result(slot) = buffers[source.buffer].home {
        resultSteps[slot] = steps.count - 1
        continue
      }
      let layout = try slotLayout(slot, source.layout)
      let target = makeBuffer(layout, home: .result(slot))
      var from = source
      if from.layout.dimensions != layout.dimensions {
        from = Bound(
          buffer: try buffer(value, as: source.layout.plainTwin()), layout: try layout.plainTwin())
      }
      try emitReorder(from: from, to: Bound(buffer: target, layout: layout))
      resultSteps[slot] = steps.count - 1
    }
  }

  /// Row-major copies of `values` that outlive the run.
  func keep(
    _ values: [Value]
  ) throws(EngineError) -> [Value: (buffer: BufferID, count: Int)] {
    var kept: [Value: (buffer: BufferID, count: Int)] = [:]
    for value in values where kept[value] == nil {
      kept[value] = (try keep(value), shape(value).count)
    }
    return kept
  }

  /// Copies `value` to memory that outlives the run, in row-major order.
  private func keep(_ value: Value) throws(EngineError) -> BufferID {
    let layout = try Layout.plain(program.type(of: value).shape)
    let source = try plain(value)
    if buffers[source].home == .persistent { return source }
    let target = makeBuffer(layout, home: .persistent)
    let count = layout.storedCount
    emit("copy", reads: [source], writes: [target]) {
      $0[1].update(from: $0[0], count: count)
    }
    return target
  }
}
