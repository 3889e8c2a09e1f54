import Checkpoints

extension CheckpointTensor {
  /// The tensor with its axes permuted: result axis i is axis `axes[i]`.
  ///
  /// - Precondition: `axes` is a permutation of the tensor's.
  func transposed(_ axes: [Int]) -> CheckpointTensor {
    precondition(axes.sorted() == Array(shape.indices), "\(axes) for a tensor of shape \(shape)")
    let extents = axes.map { shape[$0] }
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    let steps = axes.map { strides[$0] }
    var result: [Float] = []
    result.reserveCapacity(values.count)
    var counter = [Int](repeating: 0, count: extents.count)
    var offset = 0
    for _ in values {
      result.append(values[offset])
      // Counts up in the order of the result, and keeps the offset in the source in step.
      for axis in extents.indices.reversed() {
        counter[axis] += 1
        offset += steps[axis]
        if counter[axis] < extents[axis] { break }
        offset -= counter[axis] * steps[axis]
        counter[axis] = 0
      }
    }
    return CheckpointTensor(path: path, shape: extents, values: result)
  }

  /// The same elements under another shape.
  func reshaped(_ shape: [Int]) -> CheckpointTensor {
    CheckpointTensor(path: path, shape: shape, values: values)
  }

  /// The tensor under another path.
  func renamed(_ path: String) -> CheckpointTensor {
    CheckpointTensor(path: path, shape: shape, values: values)
  }

  /// The tensor with the positions of `axis`, which count positions x channels, counted channels x
  /// positions instead; as it is if the extent is another.
  func channelsFirst(axis: Int, channels: Int, positions: Int) -> CheckpointTensor {
    guard shape.indices.contains(axis), shape[axis] == channels * positions else { return self }
    var split = shape
    split.replaceSubrange(axis...axis, with: [positions, channels])
    var order = Array(split.indices)
    order.swapAt(axis, axis + 1)
    return reshaped(split).transposed(order).reshaped(shape)
  }
}
