import CKernels
import Graph

extension Compiler {
  func lowerGroupNorm(_ node: Node, _ norm: GroupNormalization) throws(EngineError) {
    let x = shape(node.inputs[0])
    var reads: [BufferID] = []
    for input in node.inputs { reads.append(try plain(input)) }
    func output(_ index: Int) -> Value { Value(node: node.index, output: index) }
    var writes: [BufferID] = []
    for index in 0..<3 {
      writes.append(try define(output(index), .plain(shape(output(index)))))
    }
    let geometry = norm.geometry(x)
    emit("group norm", reads: reads, writes: writes, mayReplace: [reads[0]]) {
      var geometry = geometry
      ck_group_norm_forward($0[0], $0[1], $0[2], $0[3], $0[4], $0[5], &geometry)
    }
  }

  func lowerGroupNormGradient(
    _ node: Node, _ norm: GroupNormalization
  ) throws(EngineError) {
    let x = shape(node.inputs[1])
    var reads: [BufferID] = []
    for input in node.inputs { reads.append(try plain(input)) }
    func output(_ index: Int) -> Value { Value(node: node.index, output: index) }
    var writes: [BufferID] = []
    for index in 0..<3 {
      writes.append(try define(output(index), .plain(shape(output(index)))))
    }
    let geometry = norm.geometry(x)
    emit("group norm gradient", reads: reads, writes: writes, mayReplace: [reads[0]]) {
      var geometry = geometry
      ck_group_norm_backward(
        $0[0], $0[1], $0[2], $0[3], $0[4], $0[5], $0[6], $0[7], &geometry)
    }
  }
}

extension GroupNormalization {
  fileprivate func geometry(_ x: Shape) -> ck_group_norm {
    ck_group_norm(
      samples: x[0], groups: groups, channels: x[1] / groups,
      inner: x.dimensions.dropFirst(2).reduce(1, *), epsilon: epsilon,
      centred: isCentered ? 1 : 0)
  }
}
