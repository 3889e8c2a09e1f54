import Graph

extension OpCase {
  static func dropout(_ shape: Shape, rate: Float, salt: UInt32) -> OpCase {
    OpCase(
      "dropout of \(shape), rate \(rate), salt \(salt)",
      [.input("x", shape), .input("keys", [shape[0], 2], .keys)]
    ) { try $0[0].dropout(rate: rate, keys: $0[1], salt: salt) }
  }

  static let dropouts = list {
    for shape in [[9], [3, 5], [2, 3, 4, 3]] as [Shape] {
      for rate in [0, 0.1, 0.5] as [Float] { dropout(shape, rate: rate, salt: 0) }
      dropout(shape, rate: 0.25, salt: 7)
      dropout(shape, rate: 0.5, salt: .max)
    }
    OpCase("two dropouts of one key", [.input("x", [3, 8]), .input("keys", [3, 2], .keys)]) {
      let once = try $0[0].dropout(rate: 0.5, keys: $0[1], salt: 1)
      return try once(.tanh) + $0[0].dropout(rate: 0.5, keys: $0[1], salt: 2)
    }
  }

  static let largeDropouts = list {
    dropout([32, 1031], rate: 0.5, salt: 3)
    dropout([5, 17, 9, 9], rate: 0.25, salt: 1)
    dropout([32, 64, 4, 4], rate: 0.1, salt: 2)
    dropout([2, 100], rate: 0.9, salt: 9)
    dropout([32, 10], rate: 0.75, salt: 4)
    dropout([33], rate: 0.3, salt: 5)
  }
}
