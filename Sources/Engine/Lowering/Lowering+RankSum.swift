import Graph

extension Compiler {
  /// The sum over ranks runs in the executor, which knows whom to ask: a plan is local.
  func lowerRankSum(_ node: Node) throws(EngineError) {
    let source = try plain(node.inputs[0])
    let value = Value(node: node.index)
    let target = try define(value, .plain(shape(value)))
    emitRankSum(from: source, to: target, count: shape(value).count)
  }
}
