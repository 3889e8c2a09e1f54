import Graph

// Ops between convolutions: there an engine keeps values in blocked layouts, whose channels are padded
// with zeros that must stay zeros, and works in place on memory that several values may share.

extension OpCase {
  /// conv(x) -> `body` -> conv, with further leaves for `body`.
  static func between(
    _ name: String, channels: Int, batch: Int = 2, extent: Int = 5, _ further: [Leaf] = [],
    isDifferentiable: Bool = true, _ body: @escaping @Sendable ([Tensor]) throws -> Tensor
  ) -> OpCase {
    let weight = Shape([channels, channels, 3, 3])
    return OpCase(
      "\(name) between convolutions of \(channels) channels, batch \(batch)",
      [
        .input("x", [batch, channels, extent, extent]),
        .parameter("first", weight, .uniform(-0.3, 0.3)),
        .parameter("second", weight, .uniform(-0.3, 0.3)),
      ] + further, isDifferentiable: isDifferentiable
    ) { x in
      let window = Window([3, 3], on: [extent, extent], padding: .same)
      let inner = try body([x[0].convolved(with: x[1], window)] + x.dropFirst(3))
      let shape = inner.shape
      let last = Window([3, 3], on: Array(shape.dimensions[2...]), padding: .same)
      return try inner.convolved(with: x[2], last)
    }
  }

  static func layouts(channels: Int, batch: Int = 2) -> [OpCase] {
    let wide: Shape = [batch, channels, 5, 5]
    func between(
      _ name: String, _ further: [Leaf] = [],
      _ body: @escaping @Sendable ([Tensor]) throws -> Tensor
    ) -> OpCase {
      OpCase.between(name, channels: channels, batch: batch, further, body)
    }
    return list {
      for function in unaries where function != .logarithm && function != .squareRoot {
        between("\(function)") { try $0[0](function) }
        between("\(function) after a scale") { try $0[0].scaled(by: 0.5)(function) }
      }
      between("logarithm") { try $0[0](.exponential)(.softplus)(.logarithm) }
      between("square root") { try $0[0](.exponential)(.squareRoot) }
      between("bias", [.parameter("b", [channels])]) { try $0[0].addingBias($0[1], axis: 1) }
      between("bias twice", [.parameter("b", [channels])]) {
        try $0[0].addingBias($0[1], axis: 1).addingBias($0[1], axis: 1)
      }
      between("bias of the rows", [.parameter("b", [5])]) { try $0[0].addingBias($0[1], axis: 2) }
      between("bias of the columns", [.parameter("b", [5])]) {
        try $0[0].addingBias($0[1], axis: 3)
      }
      between("computed bias", [.parameter("b", [channels])]) {
        try $0[0].addingBias($0[1](.tanh), axis: 1)(.relu)
      }
      between("sum with itself") { try $0[0] + $0[0] }
      between("square of itself") { try $0[0] * $0[0] }
      between("sum with an input", [.input("y", wide)]) { try $0[0] + $0[1] }
      between("sum with a parameter", [.parameter("y", wide)]) { try $0[1] + $0[0] }
      between("sum with a constant") { try $0[0] + $0[0].graph.constant(0.7, wide) }
      between("sum with a later value", [.input("y", wide)]) { try $0[0] + $0[1](.tanh) }
      between("difference", [.input("y", wide)]) { try $0[1](.tanh) - $0[0] }
      between("quotient", [.input("y", wide, .uniform(0.5, 2))]) { try $0[0] / $0[1] }
      between("quotient of two layouts") { try $0[0] / $0[0](.exponential) }
      between("product by channel", [.parameter("g", [channels, 1, 1])]) { try $0[0] * $0[1] }
      between("product by sample", [.input("g", [batch, 1, 1, 1])]) { try $0[0] * $0[1] }
      between("sum with a scalar", [.parameter("g", [])]) { try $0[0] + $0[1] }
      between("squeeze and excitation") {
        try $0[0] * $0[0].mean([2, 3], keepAxes: true)(.sigmoid)
      }
      between("scale") { try $0[0].scaled(by: -3) }
      between("dropout", [.input("keys", [batch, 2], .keys)]) {
        try $0[0].dropout(rate: 0.4, keys: $0[1], salt: 5)
      }
      between("softmax of channels") { try $0[0].softmax(axis: 1) }
      between("softmax of columns") { try $0[0].softmax(axis: 3) }
      between("log softmax of channels") { try $0[0].logSoftmax(axis: 1) }
      between("transposed axes") { try $0[0].transposed([0, 1, 3, 2]) }
      between("there and back") {
        try $0[0].transposed([0, 2, 3, 1])(.tanh).transposed([0, 3, 1, 2])
      }
      between("product of channels", [.parameter("w", [channels, channels], .uniform(-0.3, 0.3))]) {
        try $0[0].transposed([0, 2, 3, 1]).reshaped(to: [batch * 25, channels]).matmul($0[1])
          .reshaped(to: [batch, 5, 5, channels]).transposed([0, 3, 1, 2])
      }
      between("other extents") {
        try $0[0].reshaped(to: [batch, channels, 25])(.sigmoid).reshaped(to: wide)
      }
      between("a shared reshape") {
        let h = try $0[0](.tanh)
        return try h.reshaped(to: [batch, channels * 25])(.relu).reshaped(to: wide) + h
      }
      between("a shared transpose") {
        let h = try $0[0](.tanh)
        return try h.transposed([0, 1, 3, 2])(.sigmoid) * h
      }
      between("rectifier read twice") {
        let h = try $0[0](.relu)
        return try h(.exponential) * h
      }
      between("operand read after its rectifier") { try $0[0](.relu) * $0[0] }
      for kind in [Pooling.maximum, .average] {
        between("\(kind.rawValue) pool") {
          try $0[0].pooled(kind, Window([2, 2], on: [5, 5], stride: 2, padding: .same))
        }
        between("\(kind.rawValue) pool after a rectifier") {
          try $0[0](.relu).pooled(kind, Window([2, 2], on: [5, 5], stride: 2))
        }
        between("\(kind.rawValue) pool before a rectifier") {
          try $0[0].pooled(kind, Window([3, 3], on: [5, 5], stride: 1))(.relu)
        }
        between("\(kind.rawValue) pool over everything") {
          try $0[0].pooled(kind, Window(size: [5, 5]))
        }
      }
      between("rectifier read by a pool and a sum") {
        let h = try $0[0](.relu)
        return try h.pooled(.maximum, Window([3, 3], on: [5, 5], padding: .same)) + h
      }
      between("rectifier after a leaky one, pooled") {
        try $0[0](.leakyRelu(slope: 0.1))(.relu)
          .pooled(.maximum, Window([2, 2], on: [5, 5], stride: 2))
      }
      between(
        "batch norm", [.parameter("g", [channels], .uniform(0.5, 2)), .parameter("b", [channels])]
      ) {
        try $0[0].batchNormalized(scale: $0[1], offset: $0[2], epsilon: 1e-2).result
      }
      between(
        "batch norm and rectifier",
        [.parameter("g", [channels], .uniform(0.5, 2)), .parameter("b", [channels])]
      ) {
        try $0[0].batchNormalized(scale: $0[1], offset: $0[2], epsilon: 1e-2).result(.relu)
      }
      OpCase(
        "one filter for two extents, \(channels) channels, batch \(batch)",
        [
          .input("x", wide), .input("y", [batch, channels, 3, 4]),
          .parameter("w", [channels, channels, 3, 3], .uniform(-0.3, 0.3)),
        ]
      ) {
        let a = try $0[0].convolved(with: $0[2], Window(size: [3, 3])).mean([2, 3])
        let b = try $0[1].convolved(with: $0[2], Window(size: [3, 3])).mean([2, 3])
        return try a * b
      }
      OpCase(
        "one weight for a convolution and a product, \(channels) channels, batch \(batch)",
        [.input("x", wide), .parameter("w", [channels, channels, 1, 1])]
      ) {
        let flat = try $0[0].mean([2, 3]).matmul($0[1].reshaped(to: [channels, channels]))
        return try $0[0].convolved(with: $0[1], Window(size: [1, 1])).mean([2, 3]) + flat
      }
      OpCase(
        "a computed filter, \(channels) channels, batch \(batch)",
        [.input("x", wide), .parameter("w", [channels, channels, 3, 3], .uniform(-0.3, 0.3))]
      ) {
        try $0[0].convolved(with: $0[1](.tanh), Window(size: [3, 3], strides: [2, 2]))
      }
      OpCase(
        "depthwise then pointwise, \(channels) channels, batch \(batch)",
        [
          .input("x", wide), .parameter("d", [channels, 1, 3, 3]), .parameter("b", [channels]),
          .parameter("p", [7, channels, 1, 1], .uniform(-0.3, 0.3)),
        ]
      ) {
        let same = Window([3, 3], on: [5, 5], padding: .same)
        return try $0[0].convolved(with: $0[1], same, groups: channels).addingBias($0[2], axis: 1)(
          .swish
        ).convolved(with: $0[3], Window(size: [1, 1]))
      }
    }
  }

  static let layouts: [OpCase] = layouts(channels: 2)
  static let largeLayouts: [OpCase] =
    layouts(channels: 16) + layouts(channels: 17, batch: 1) + layouts(channels: 33, batch: 5)
}
