// Shape rules of ops that put tensors together, take parts of them, or look at groups.

extension Op {
  /// The common shape with the extents of `axis` added up.
  func concatenatedShape(_ shapes: [Shape], _ axis: Int) throws(GraphError) -> Shape {
    guard let first = shapes.first, (0..<first.rank).contains(axis) else {
      throw GraphError(
        name, "no axis \(axis) in \(shapes.map(\.description).joined(separator: ", "))")
    }
    var extents = first.dimensions
    for shape in shapes.dropFirst() {
      let differs =
        shape.rank != first.rank
        || (0..<first.rank).contains {
          $0 != axis && shape[$0] != first[$0]
        }
      guard !differs else {
        throw GraphError(name, "\(first) and \(shape) differ on another axis than \(axis)")
      }
      extents[axis] += shape[axis]
    }
    return Shape(extents)
  }

  /// Checks that a part lies within `whole`.
  func expectInside(_ whole: Shape, _ offsets: [Int], _ part: Shape) throws(GraphError) {
    let fits =
      offsets.count == whole.rank && part.rank == whole.rank
      && (0..<whole.rank).allSatisfy { axis in
        offsets[axis] >= 0 && offsets[axis] <= whole[axis] - part[axis]
      }
    guard fits else { throw GraphError(name, "\(part) at \(offsets) does not lie within \(whole)") }
  }

  /// The shape with zeros around it.
  func paddedShape(
    _ x: Shape, _ before: [Int], _ after: [Int]
  ) throws(GraphError) -> Shape {
    guard before.count == x.rank, after.count == x.rank,
      (before + after).allSatisfy({ (0..<1 << 31).contains($0) })
    else { throw GraphError(name, "\(before) and \(after) do not pad \(x)") }
    return Shape((0..<x.rank).map { before[$0] + x[$0] + after[$0] })
  }

  /// N x groups of a normalisation.
  func groupShape(_ x: Shape, _ norm: GroupNormalization) throws(GraphError) -> Shape {
    guard x.rank >= 2 else { throw GraphError(name, "needs N x C x ..., is \(x)") }
    guard norm.groups > 0, x[1] % norm.groups == 0 else {
      throw GraphError(name, "\(x[1]) channels of \(x) do not divide into \(norm.groups) groups")
    }
    return [x[0], norm.groups]
  }

  /// Checks settings that only code can get wrong.
  func check(_ targets: ClassTargets) throws(GraphError) {
    guard targets.weights.isEmpty || targets.weights.count == targets.classes else {
      throw GraphError(
        name, "\(targets.classes) classes need as many weights, got \(targets.weights.count)")
    }
    guard (0..<1).contains(targets.smoothing) else {
      throw GraphError(name, "smoothing must be in [0, 1), is \(targets.smoothing)")
    }
  }
}
