import Graph

extension OpCase {
  static let unaries: [Unary] = [
    .relu, .leakyRelu(slope: 0.2), .leakyRelu(slope: 0), .leakyRelu(slope: -0.3), .elu(alpha: 1),
    .elu(alpha: 0.4), .elu(alpha: -0.4), .gelu, .geluTanh, .tanh, .sigmoid, .softplus, .swish,
    .exponential, .logarithm, .squareRoot, .square, .absolute,
  ]

  static func unary(_ function: Unary, _ shape: Shape, _ fill: Leaf.Fill? = nil) -> OpCase {
    let natural: Leaf.Fill =
      switch function {
      case .relu, .leakyRelu, .elu, .absolute: .awayFromZero
      case .logarithm, .squareRoot: .uniform(0.2, 3)
      default: .uniform(-3, 3)
      }
    return OpCase("\(function) of \(shape)", [.input("x", shape, fill ?? natural)]) {
      try $0[0](function)
    }
  }

  static func binary(_ function: Binary, _ a: Shape, _ b: Shape) -> OpCase {
    OpCase(
      "\(function.rawValue) \(a) and \(b)",
      [
        .input("a", a),
        .parameter("b", b, function == .divide ? .uniform(0.5, 2) : .uniform(-1, 1)),
      ]
    ) { x in
      switch function {
      case .add: try x[0] + x[1]
      case .subtract: try x[0] - x[1]
      case .multiply: try x[0] * x[1]
      case .divide: try x[0] / x[1]
      }
    }
  }

  private static let functions: [Binary] = [.add, .subtract, .multiply, .divide]

  /// Every way in which two shapes meet: equal, missing axes, extents of 1 on either or both sides.
  static let broadcasts: [(Shape, Shape)] = [
    ([2, 3], [2, 3]), ([2, 3], [3]), ([2, 3], [1, 3]), ([2, 3], [2, 1]), ([2, 3], []),
    ([], [2, 3]), ([], []), ([3], [2, 3]), ([4, 1], [1, 5]), ([4, 1], [5]), ([2, 1, 4], [3, 1]),
    ([1], [5]), ([2, 3, 4, 5], [3, 1, 1]), ([2, 3, 1, 1], [2, 3, 4, 5]), ([1, 1], [1]),
  ]

  static let elementwise = list {
    for function in unaries {
      for shape in [[], [1], [7], [2, 3], [2, 3, 5, 3]] as [Shape] { unary(function, shape) }
    }
    for function in functions {
      for (a, b) in broadcasts { binary(function, a, b) }
    }
    OpCase("scale by -2.5", [.input("x", [3, 5])]) { try $0[0].scaled(by: -2.5) }
    OpCase("scale by 0.1", [.input("x", [2, 3, 4, 5])]) { try $0[0].scaled(by: 0.1) }
  }

  /// Values that are read more than once, so that gradients are added.
  static let shared: [OpCase] = [
    OpCase("x + x", [.input("x", [3, 4])]) { try $0[0] + $0[0] },
    OpCase("x - x / 2", [.input("x", [3, 4])]) { try $0[0] - $0[0].scaled(by: 0.5) },
    OpCase("x * x", [.input("x", [3, 4])]) { try $0[0] * $0[0] },
    OpCase("x / (x * x)", [.input("x", [3, 4], .uniform(0.5, 2))]) {
      try $0[0] / ($0[0] * $0[0])
    },
    OpCase("x x^T", [.input("x", [3, 4])]) { try $0[0].matmul($0[0], transposeB: true) },
    OpCase("x^T x", [.input("x", [3, 4])]) { try $0[0].matmul($0[0], transposeA: true) },
    OpCase("tanh(x) used three times", [.input("x", [3, 4])]) {
      let y = try $0[0](.tanh)
      return try y * y + y(.sigmoid)
    },
    OpCase("x over its sum", [.input("x", [3, 4], .uniform(0.5, 2))]) {
      try $0[0] / $0[0].sum([1], keepAxes: true)
    },
    OpCase("bias used by two sums", [.input("x", [3, 4]), .parameter("b", [4])]) {
      try $0[0].addingBias($0[1], axis: 1)(.tanh).addingBias($0[1], axis: 1)
    },
    OpCase("weight tied twice", [.input("x", [3, 4]), .parameter("w", [4, 4])]) {
      try $0[0].matmul($0[1])(.tanh).matmul($0[1], transposeB: true)
    },
    OpCase("variance", [.input("x", [4, 5])]) {
      let centred = try $0[0] - $0[0].mean([0], keepAxes: true)
      return try centred(.square).mean([0])
    },
  ]

  /// Sizes around vector widths and past them; for the engine only.
  static let largeElementwise = list {
    for function in unaries {
      for shape in [[1009], [5, 17, 9, 7], [32, 16, 8, 8]] as [Shape] { unary(function, shape) }
      unary(function, [3, 333], wideRange(of: function))
    }
    for function in functions {
      for (a, b) in largeBroadcasts { binary(function, a, b) }
    }
  }

  private static let largeBroadcasts: [(Shape, Shape)] = [
    ([32, 17, 9, 9], [32, 17, 9, 9]), ([5, 33], [33]), ([32, 16, 8, 8], [16, 1, 1]),
    ([32, 100], [32, 1]), ([2, 64, 7, 7], [1, 64, 1, 1]), ([1031], []),
  ]

  /// Far into the tails, where a careless kernel overflows.
  private static func wideRange(of function: Unary) -> Leaf.Fill {
    switch function {
    case .exponential: .uniform(-20, 5)
    case .logarithm, .squareRoot: .uniform(1e-6, 1e4)
    default: .uniform(-30, 30)
    }
  }
}
