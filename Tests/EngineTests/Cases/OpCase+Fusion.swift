import Graph

// Neighbours that an engine may want to fuse, share or overwrite, and where that would be wrong.

extension OpCase {
  static func fusions(channels: Int, batch: Int = 2) -> [OpCase] {
    let wide: Shape = [batch, channels, 5, 5]
    let square: Shape = [channels, channels, 3, 3]
    let same = Window([3, 3], on: [5, 5], padding: .same)
    func sample(
      _ name: String, _ leaves: [Leaf], _ body: @escaping @Sendable ([Tensor]) throws -> Tensor
    ) -> OpCase {
      OpCase("\(name), \(channels) channels, batch \(batch)", leaves, body)
    }
    let x = Leaf.input("x", wide)
    let w = Leaf.parameter("w", square, .uniform(-0.3, 0.3))
    let deep = Leaf.parameter("deep", [channels, 1, 3, 3])
    let bias = Leaf.parameter("b", [channels])
    return list {
      // One parameter, several readers.
      sample("one filter twice", [x, w]) {
        try $0[0].convolved(with: $0[1], same)(.relu).convolved(with: $0[1], same)
      }
      sample("one filter with two strides", [x, w]) {
        let fine = try $0[0].convolved(with: $0[1], same).mean([2, 3])
        let coarse = try $0[0].convolved(with: $0[1], Window(size: [3, 3], strides: [2, 2]))
        return try fine + coarse.mean([2, 3])
      }
      sample("one bias twice", [x, w, bias]) {
        try $0[0].convolved(with: $0[1], same).addingBias($0[2], axis: 1)(.relu)
          .convolved(with: $0[1], same).addingBias($0[2], axis: 1)
      }
      sample("decay of a filter", [x, w]) {
        try $0[0].convolved(with: $0[1], same).mean([2, 3]) + ($0[1] * $0[1]).sum()
      }
      sample("decay of a depthwise filter", [x, deep]) {
        try $0[0].convolved(with: $0[1], same, groups: channels).mean([2, 3])
          + $0[1](.square).sum()
      }
      sample("sums of a depthwise filter", [x, deep]) {
        let sums = try $0[1].sum([1, 2, 3])
        return try $0[0].convolved(with: $0[1], same, groups: channels).addingBias(sums, axis: 1)
      }
      sample("sums of a depthwise filter used before", [x, deep]) {
        let y = try $0[0].convolved(with: $0[1], same, groups: channels)
        return try y * $0[1].sum([1, 2, 3], keepAxes: true).reshaped(to: [channels, 1, 1])
      }
      sample("bias on a depthwise filter", [x, deep, .parameter("rows", [3])]) {
        let y = try $0[0].convolved(with: $0[1], same, groups: channels)
        let other = try $0[1].addingBias($0[2], axis: 2)
        return try y.convolved(with: other, same, groups: channels)
      }
      sample("pool of a depthwise filter", [x, deep]) {
        let y = try $0[0].convolved(with: $0[1], same, groups: channels).mean([2, 3])
        return try y * $0[1].pooled(.average, Window(size: [3, 3])).reshaped(to: [channels])
      }
      sample("batch norm of a depthwise filter", [x, deep]) {
        let y = try $0[0].convolved(with: $0[1], same, groups: channels)
        let one = $0[0].graph.constant(1, [1])
        let normal = try $0[1].batchNormalized(scale: one, offset: one, epsilon: 0.1).result
        return try y.convolved(with: normal, same, groups: channels)
      }
      sample("transposed depthwise filter", [x, deep]) {
        try $0[0].convolved(with: $0[1], same, groups: channels)
          .convolved(with: $0[1].transposed([0, 1, 3, 2]), same, groups: channels)
      }

      // Sums behind a convolution.
      sample("sum with the input", [x, w, bias]) {
        try ($0[0].convolved(with: $0[1], same).addingBias($0[2], axis: 1) + $0[0])(.relu)
      }
      sample("sum with a transposed input", [x, w]) {
        try $0[0].convolved(with: $0[1], same) + $0[0].transposed([0, 1, 3, 2])
      }
      sample("sum of two convolutions", [x, w, .parameter("v", square, .uniform(-0.3, 0.3))]) {
        try ($0[0].convolved(with: $0[1], same) + $0[0].convolved(with: $0[2], same))(.relu)
      }
      sample("sum of a convolution and one behind it", [x, w]) {
        let y = try $0[0].convolved(with: $0[1], same)
        return try (y.convolved(with: $0[1], same) + y)(.tanh) * y
      }
      sample("sum with a value made later", [x, w]) {
        let y = try $0[0].convolved(with: $0[1], same)
        return try (y + $0[0](.exponential)(.tanh))(.relu)
      }
      sample("sum with a row", [x, w, .input("row", [1, 1, 1, 5])]) {
        try ($0[0].convolved(with: $0[1], same) + $0[2])(.relu)
      }
      sample("sum with its own rectifier", [x, w]) {
        let y = try $0[0].convolved(with: $0[1], same)
        return try y + y(.relu)
      }
      sample("bias made from the result", [x, w]) {
        let y = try $0[0].convolved(with: $0[1], same)
        return try y.addingBias(y.mean([0, 2, 3]), axis: 1)(.relu)
      }
      sample("bias along the rows", [x, w, .parameter("rows", [5])]) {
        try $0[0].convolved(with: $0[1], same).addingBias($0[2], axis: 2)(.relu)
      }
      sample("rectifier and its operand", [x, w]) {
        let y = try $0[0].convolved(with: $0[1], same)
        return try y(.relu).convolved(with: $0[1], same) + y(.tanh)
      }
      // Of two activations only the first can be fused; these have kinks or no bound.
      for function in [Unary.leakyRelu(slope: -0.5), .elu(alpha: 0), .square, .absolute] {
        sample("\(function) twice", [x, w]) {
          try $0[0].convolved(with: $0[1], same)(function)(function).convolved(with: $0[1], same)
        }
      }

      // Products.
      sample(
        "one weight on both sides",
        [.input("x", [batch, channels]), .parameter("w", [channels, channels])]
      ) {
        try $0[0].matmul($0[1]).addingBias($0[1].sum([0]), axis: 1)(.relu)
          .matmul($0[1], transposeB: true)
      }
      sample("a product with itself", [.input("x", [channels, channels])]) {
        try $0[0].matmul($0[0]).matmul($0[0], transposeA: true, transposeB: true)
      }
      sample("bias of a product along the rows", [.input("x", [channels, channels]), bias]) {
        try $0[0].matmul($0[0], transposeB: true).addingBias($0[1], axis: 0)(.relu)
      }
      sample(
        "product, rectifier and both read",
        [.input("x", [batch, channels]), .parameter("w", [channels, channels]), bias]
      ) {
        let y = try $0[0].matmul($0[1]).addingBias($0[2], axis: 1)
        return try y * y(.relu)
      }

      // Rectifiers, pools and views.
      sample("pool read by a rectifier and a sum", [x, w]) {
        let y = try $0[0].convolved(with: $0[1], same)(.relu)
        let p = try y.pooled(.maximum, Window([2, 2], on: [5, 5], stride: 2))
        return try p(.relu) + p(.tanh)
      }
      sample("one value pooled twice", [x, w]) {
        let y = try $0[0].convolved(with: $0[1], same)(.relu)
        let window = Window([2, 2], on: [5, 5], stride: 2)
        return try y.pooled(.maximum, window) + y.pooled(.maximum, window)
      }
      sample("a view of the input overwritten", [x]) {
        let flat = try $0[0].reshaped(to: [batch * channels, 25])
        return try flat(.relu) * flat
      }
      sample("views of a view", [x, w]) {
        let y = try $0[0].convolved(with: $0[1], same)
        let t = try y.transposed([1, 0, 2, 3]).reshaped(to: [channels, batch * 25])
        return try t(.relu) + t.scaled(by: 2)
      }
      sample("batch norm of swapped axes", [x, w]) {
        let y = try $0[0].convolved(with: $0[1], same).transposed([2, 3, 1, 0])
        let one = y.graph.constant(1, [5])
        return try y.batchNormalized(scale: one, offset: one, epsilon: 0.1).result
      }
      sample("pool of swapped axes", [x, w]) {
        try $0[0].convolved(with: $0[1], same).transposed([1, 0, 3, 2])
          .pooled(.average, Window(size: [2, 3]))
      }
      sample("bias on swapped axes", [x, w, .parameter("rows", [5])]) {
        try $0[0].convolved(with: $0[1], same).transposed([0, 2, 1, 3]).addingBias($0[2], axis: 1)
      }
      sample("sums over one axis of a blocked value", [x, w]) {
        let y = try $0[0].convolved(with: $0[1], same)
        return try y.sum([1]).sum([1]) + y.sum([2]).sum([1])
          + y.sum([0, 3]).sum([0]).sum().broadcast(to: [batch, 5])
      }
    }
  }

  static let fusions: [OpCase] = fusions(channels: 2)
  static let largeFusions: [OpCase] =
    fusions(channels: 16) + fusions(channels: 17, batch: 1) + fusions(channels: 32, batch: 3)
}
