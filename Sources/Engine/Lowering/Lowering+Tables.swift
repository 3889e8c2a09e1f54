import CKernels
import Graph

extension Compiler {
  func lowerGather(_ node: Node) throws(EngineError) {
    let table = shape(node.inputs[0])
    let count = shape(node.inputs[1])[0]
    let (rows, width) = (table[0], table.count / max(1, table[0]))
    let reads = [try plain(node.inputs[0]), try plain(node.inputs[1])]
    let value = Value(node: node.index)
    let target = try define(value, .plain(shape(value)))
    emit("gather", reads: reads, writes: [target]) {
      ck_gather($0[0], $0.int32(1), $0[2], count, rows, width)
    }
  }

  func lowerScatterAdd(_ node: Node) throws(EngineError) {
    let count = shape(node.inputs[1])[0]
    let value = Value(node: node.index)
    let table = shape(value)
    let (rows, width) = (table[0], table.count / max(1, table[0]))
    let reads = [try plain(node.inputs[0]), try plain(node.inputs[1])]
    let target = try define(value, .plain(table))
    emit("scatter add", reads: reads, writes: [target]) {
      ck_scatter_add($0[0], $0.int32(1), $0[2], count, rows, width)
    }
  }

  func lowerClassTargets(_ node: Node, _ targets: ClassTargets) throws(EngineError) {
    let value = Value(node: node.index)
    let (rows, classes) = (shape(value)[0], shape(value)[1])
    let reads = [try plain(node.inputs[0])]
    let target = try define(value, .plain(shape(value)))
    let (weights, smoothing) = (targets.weights, targets.smoothing)
    // No label is below zero, so that -1 ignores nothing that would count.
    let ignored = targets.ignoredLabel ?? -1
    emit("class targets", reads: reads, writes: [target]) { pointers in
      weights.withUnsafeBufferPointer {
        ck_class_targets(
          pointers.int32(0), pointers[1], rows, classes, smoothing,
          $0.isEmpty ? nil : $0.baseAddress, ignored)
      }
    }
  }
}
