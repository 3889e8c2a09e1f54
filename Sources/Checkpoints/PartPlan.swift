// Note [Parts]
// A large model is written by all ranks at once. All tensors behind one another, as they follow in the
// file, are cut into equal shares; a row belongs to the share in which it begins:
//
//                    | weight 6 x 4              | bias 6  | mean 6 x 4 ...
//     share          |      part 0      |      part 1      |      part 2 ...
//     rows           | 0  1  2  3  4    | 5    | 0 ... 5   |
//
// Each part is a file, step-00000200.part-1-of-3.h5, that holds its rows as /model/weight and so on.
// The checkpoint itself, step-00000200.h5, holds the state and virtual datasets that show the rows of
// all parts as whole tensors, so that it looks like any other, to h5py too. It is written last: until
// then there is no checkpoint. HDF5 reads zeros where a part is missing; ``CheckpointReader`` therefore
// opens the parts itself.

/// Which rows of which tensors each part of a checkpoint holds.
struct PartPlan {
  private let starts: [Int]
  private let shapes: [[Int]]
  private let total: Int
  private let count: Int

  /// Cuts tensors of these shapes, in the order of the file, into `count` parts.
  init(_ shapes: [[Int]], count: Int) {
    var starts: [Int] = []
    var total = 0
    for shape in shapes {
      starts.append(total)
      total += shape.reduce(1, *)
    }
    (self.starts, self.shapes, self.total, self.count) = (starts, shapes, total, count)
  }

  /// The rows of tensor `index` in `part`; a scalar has one row.
  func rows(_ index: Int, part: Int) -> Range<Int> {
    let row = shapes[index].dropFirst().reduce(1, *)
    let rows = shapes[index].first ?? 1
    // The first row that begins in the share or behind it.
    func first(_ share: Int) -> Int {
      let begin = total * share / count - starts[index]
      return row == 0 ? 0 : max(0, min(rows, (begin + row - 1) / row))
    }
    let lower = part == 0 ? 0 : first(part)
    let upper = part == count - 1 ? rows : first(part + 1)
    return lower..<max(lower, upper)
  }
}

/// One of the parts that make up a checkpoint.
public struct CheckpointPart: Sendable, Hashable {
  /// Its number, from 0.
  public let index: Int
  /// The number of all parts.
  public let count: Int
  /// The same for all parts of one checkpoint and for no other: a mark against mixtures.
  public let token: String

  /// Part `index` of `count`.
  public init(index: Int, count: Int, token: String) {
    (self.index, self.count, self.token) = (index, count, token)
  }

  /// The name of the part's file.
  func name(step: Int) -> String {
    "\(CheckpointFolder.name(step: step).dropLast(3)).part-\(index)-of-\(count).h5"
  }
}
