import Graph

extension OpCase {
  static func transpose(_ shape: Shape, _ permutation: [Int]) -> OpCase {
    OpCase("transpose \(shape) by \(permutation)", [.input("x", shape)]) {
      try $0[0].transposed(permutation)
    }
  }

  static func sum(_ shape: Shape, _ axes: [Int]?, keepAxes: Bool = false) -> OpCase {
    OpCase(
      "sum \(shape) over \(axes.map(String.init(describing:)) ?? "all"), kept \(keepAxes)",
      [.input("x", shape)]
    ) { try $0[0].sum(axes, keepAxes: keepAxes) }
  }

  static func broadcast(_ shape: Shape, to target: Shape) -> OpCase {
    OpCase("broadcast \(shape) to \(target)", [.input("x", shape)]) {
      try $0[0].broadcast(to: target)
    }
  }

  static let reductions = list {
    transpose([2, 3], [1, 0])
    transpose([2, 3, 4], [2, 0, 1])
    transpose([2, 3, 4], [0, 2, 1])
    transpose([2, 3, 4, 5], [0, 2, 3, 1])
    transpose([2, 3, 4, 5], [3, 1, 0, 2])
    transpose([2, 1, 4], [1, 2, 0])
    for keep in [true, false] {
      sum([2, 3], [0], keepAxes: keep)
      sum([2, 3], [1], keepAxes: keep)
      sum([2, 3], nil, keepAxes: keep)
      sum([7], [0], keepAxes: keep)
      sum([2, 1, 3], [1], keepAxes: keep)
      for axes in [[0, 2, 3], [1], [2, 3], [0, 3]] { sum([2, 3, 4, 5], axes, keepAxes: keep) }
    }
    broadcast([3], to: [2, 3])
    broadcast([2, 1], to: [2, 3])
    broadcast([], to: [2, 3])
    broadcast([1, 3, 1], to: [2, 3, 4])
    broadcast([1], to: [4])
    broadcast([3, 1, 1], to: [2, 3, 2, 2])
    derivedReductions
    OpCase("sum over ranks, one rank", [.input("x", [3, 5])]) { try $0[0].summedOverRanks() }
    OpCase("sum over ranks of what others read", [.input("x", [3, 5])]) {
      try $0[0].summedOverRanks() * $0[0]
    }
  }

  private static let derivedReductions: [OpCase] = [
    OpCase("mean of all", [.input("x", [3, 5])]) { try $0[0].mean() },
    OpCase("mean over axes 2 and 3", [.input("x", [2, 3, 4, 5])]) { try $0[0].mean([2, 3]) },
    OpCase("mean kept", [.input("x", [2, 3, 4])]) { try $0[0].mean([1], keepAxes: true) },
    OpCase("reshape", [.input("x", [2, 6])]) { try $0[0].reshaped(to: [3, 2, 2]) },
    OpCase("reshape to a scalar", [.input("x", [1, 1])]) { try $0[0].reshaped(to: []) },
    OpCase("flatten", [.input("x", [2, 3, 2, 2])]) { try $0[0].flattened() },
    OpCase("summed to 3x1", [.input("x", [2, 3, 4])]) { try $0[0].summed(to: [3, 1]) },
    OpCase("summed to a scalar", [.input("x", [2, 3])]) { try $0[0].summed(to: []) },
    OpCase("reshape, transpose, reshape", [.input("x", [2, 12])]) {
      try $0[0].reshaped(to: [2, 3, 4]).transposed([0, 2, 1]).reshaped(to: [8, 3])
    },
  ]

  static let largeReductions: [OpCase] = [
    transpose([32, 17, 9, 9], [0, 2, 3, 1]), transpose([65, 33], [1, 0]),
    transpose([5, 16, 64], [1, 0, 2]), sum([32, 17, 9, 9], [0, 2, 3]), sum([33, 257], [1]),
    sum([257, 33], [0]), sum([32, 64, 5, 5], [2, 3]), sum([100_003], nil),
    sum([5, 16, 9, 9], [1], keepAxes: true), broadcast([17, 1, 1], to: [5, 17, 9, 9]),
    broadcast([257], to: [33, 257]), broadcast([], to: [1031]),
    OpCase("flatten 32x64x4x4", [.input("x", [32, 64, 4, 4])]) { try $0[0].flattened() },
    OpCase("mean of 32x1031", [.input("x", [32, 1031])]) { try $0[0].mean() },
  ]
}
