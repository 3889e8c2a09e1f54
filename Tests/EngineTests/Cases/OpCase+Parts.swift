import Graph

extension OpCase {
  static func concatenation(_ shapes: [Shape], axis: Int) -> OpCase {
    OpCase(
      "concatenation of \(shapes) on axis \(axis)",
      shapes.enumerated().map { .input("x\($0)", $1) }
    ) { try .concatenated($0, axis: axis)(.tanh) }
  }

  static func slice(_ shape: Shape, axis: Int, _ range: Range<Int>) -> OpCase {
    OpCase("slice \(range) of axis \(axis) of \(shape)", [.input("x", shape)]) {
      try $0[0].sliced(axis: axis, range)(.square)
    }
  }

  static func pad(_ shape: Shape, _ before: [Int], _ after: [Int]) -> OpCase {
    OpCase("pad \(shape) by \(before) and \(after)", [.input("x", shape)]) {
      try $0[0].padded(before: before, after: after)(.sigmoid)
    }
  }

  static func repetition(_ shape: Shape, _ factors: [Int]) -> OpCase {
    OpCase("\(shape) repeated \(factors)", [.input("x", shape)]) {
      try $0[0].repeated(factors)(.square)
    }
  }

  static func gather(rows: Int, width: Shape, numbers: Shape) -> OpCase {
    OpCase(
      "rows \(numbers) of \(rows)x\(width)",
      [
        .parameter("table", Shape([rows] + width.dimensions)),
        .input("numbers", numbers, .labels(rows)),
      ]
    ) { try $0[0].rows($0[1])(.square) }
  }

  static func scatter(rows: Int, width: Int, count: Int) -> OpCase {
    OpCase(
      "\(count) rows of \(width) added to \(rows)",
      [.input("dy", [count, width]), .input("numbers", [count], .labels(rows))]
    ) { try $0[0].graph.append(.scatterAdd(rows: rows), $0)[0](.square) }
  }

  static let parts = list {
    concatenation([[3], [2]], axis: 0)
    concatenation([[2, 3], [2, 1], [2, 4]], axis: 1)
    concatenation([[2, 3, 2], [1, 3, 2]], axis: 0)
    concatenation([[1, 2, 3, 2], [1, 3, 3, 2]], axis: 1)
    OpCase("concatenation with itself", [.input("x", [2, 3])]) {
      try .concatenated([$0[0], $0[0]], axis: 1)
    }
    slice([5], axis: 0, 1..<4)
    slice([3, 4], axis: 1, 0..<1)
    slice([2, 5, 3], axis: 1, 2..<5)
    slice([2, 2, 3, 4], axis: 3, 1..<3)
    OpCase("two slices of one tensor", [.input("x", [2, 5])]) {
      try $0[0].sliced(axis: 1, 0..<3) * $0[0].sliced(axis: 1, 2..<5)
    }
    pad([3], [1], [0])
    pad([2, 3], [0, 2], [1, 1])
    pad([1, 2, 3, 2], [0, 0, 1, 2], [0, 0, 0, 1])
    repetition([3], [2])
    repetition([2, 3], [1, 3])
    repetition([1, 2, 3, 2], [1, 1, 2, 2])
    repetition([1, 2, 2, 3], [1, 1, 3, 1])
    gather(rows: 5, width: [3], numbers: [7])
    gather(rows: 4, width: [2], numbers: [2, 3])
    gather(rows: 3, width: [], numbers: [4])
    gather(rows: 3, width: [2, 2], numbers: [2])
    scatter(rows: 4, width: 3, count: 6)
  }

  static let largeParts = list {
    concatenation([[5, 17, 9, 9], [5, 3, 9, 9], [5, 16, 9, 9]], axis: 1)
    concatenation([[32, 33], [32, 64]], axis: 1)
    slice([5, 33, 9, 9], axis: 1, 7..<23)
    pad([5, 17, 9, 9], [0, 0, 1, 1], [0, 0, 2, 2])
    repetition([5, 17, 9, 9], [1, 1, 2, 2])
    gather(rows: 100, width: [33], numbers: [12, 64])
    scatter(rows: 65, width: 128, count: 768)
    for channels in [3, 16, 32] {
      between("concatenation with itself", channels: channels) {
        try Tensor.concatenated([$0[0], $0[0]], axis: 1).sliced(
          axis: 1, channels / 2..<channels / 2 + channels)
      }
      between("upsampled and cut", channels: channels) {
        try $0[0].repeated([1, 1, 2, 2]).sliced(axis: 2, 1..<6).sliced(axis: 3, 0..<5)
      }
      between("padded", channels: channels) {
        try $0[0].padded(before: [0, 0, 1, 0], after: [0, 0, 0, 1])
      }
    }
  }
}
