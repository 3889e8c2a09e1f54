import CKernels
import Graph

// Copies between row-major tensors: blocked operands are reordered first.

extension Compiler {
  func lowerConcatenate(_ node: Node, _ axis: Int) throws(EngineError) {
    let result = shape(Value(node: node.index))
    var reads: [BufferID] = []
    for input in node.inputs { reads.append(try plain(input)) }
    let target = try define(Value(node: node.index), .plain(result))
    var boxes: [(box: ck_broadcast, offset: Int)] = []
    var position = 0
    for input in node.inputs {
      let part = shape(input)
      boxes.append(
        (Self.box(part, from: part.strides, to: result.strides), position * result.strides[axis]))
      position += part[axis]
    }
    let last = reads.count
    emit("copy parts", reads: reads, writes: [target]) { pointers in
      for (index, part) in boxes.enumerated() {
        var box = part.box
        ck_copy_box(pointers[index], pointers[last] + part.offset, &box)
      }
    }
  }

  func lowerSlice(_ node: Node, _ offsets: [Int], _ part: Shape) throws(EngineError) {
    let whole = shape(node.inputs[0])
    let source = try plain(node.inputs[0])
    let target = try define(Value(node: node.index), .plain(part))
    let start = Self.place(offsets, whole.strides)
    let box = Self.box(part, from: whole.strides, to: part.strides)
    emit("copy part", reads: [source], writes: [target]) {
      var box = box
      ck_copy_box($0[0] + start, $0[1], &box)
    }
  }

  func lowerPad(_ node: Node, _ before: [Int]) throws(EngineError) {
    let (part, whole) = (shape(node.inputs[0]), shape(Value(node: node.index)))
    let source = try plain(node.inputs[0])
    let target = try define(Value(node: node.index), .plain(whole))
    let start = Self.place(before, whole.strides)
    let box = Self.box(part, from: part.strides, to: whole.strides)
    let count = whole.count
    emit("pad", reads: [source], writes: [target]) {
      var box = box
      $0[1].update(repeating: 0, count: count)
      ck_copy_box($0[0], $0[1] + start, &box)
    }
  }

  private static func place(_ offsets: [Int], _ strides: [Int]) -> Int {
    zip(offsets, strides).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// A box of the extents of `part`; a scalar is one element of one axis.
  private static func box(_ part: Shape, from: [Int], to: [Int]) -> ck_broadcast {
    var box = ck_broadcast()
    box.rank = Int32(max(1, part.rank))
    if part.rank == 0 { ck_broadcast_set(&box, 0, 1, 1, 1) }
    for axis in 0..<part.rank {
      ck_broadcast_set(&box, Int32(axis), part[axis], from[axis], to[axis])
    }
    return box
  }
}
