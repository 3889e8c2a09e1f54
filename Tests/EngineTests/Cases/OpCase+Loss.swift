import Graph

extension OpCase {
  private static func scores(_ batch: Int, _ classes: Int) -> [Leaf] {
    [
      .input("logits", [batch, classes], .uniform(-4, 4)),
      .input("labels", [batch], .labels(classes)),
    ]
  }

  static func crossEntropy(_ batch: Int, _ classes: Int) -> OpCase {
    OpCase("cross-entropy of \(batch)x\(classes)", scores(batch, classes)) {
      try $0[0].softmaxCrossEntropy(labels: $0[1])
    }
  }

  static func meanCrossEntropy(_ batch: Int, _ classes: Int) -> OpCase {
    OpCase("mean cross-entropy of \(batch)x\(classes)", scores(batch, classes)) {
      try $0[0].softmaxCrossEntropy(labels: $0[1]).mean()
    }
  }

  static func correctPredictions(_ batch: Int, _ classes: Int) -> OpCase {
    OpCase(
      "correct predictions of \(batch)x\(classes)", scores(batch, classes), isDifferentiable: false
    ) { try $0[0].correctPredictions(labels: $0[1]) }
  }

  static func meanSquaredError(_ shape: Shape) -> OpCase {
    OpCase("mean squared error of \(shape)", [.input("y", shape), .input("target", shape)]) {
      try ($0[0] - $0[1])(.square).mean()
    }
  }

  static let losses = list {
    for (batch, classes) in [(1, 1), (1, 2), (5, 10), (4, 7)] {
      crossEntropy(batch, classes)
      meanCrossEntropy(batch, classes)
      correctPredictions(batch, classes)
    }
    for shape in [[5], [3, 4], [2, 3, 2, 2]] as [Shape] { meanSquaredError(shape) }
  }

  static let largeLosses = list {
    for batch in [1, 2, 5, 32] {
      for classes in [3, 17, 64, 1000] {
        crossEntropy(batch, classes)
        meanCrossEntropy(batch, classes)
        correctPredictions(batch, classes)
      }
    }
    for shape in [[32, 17], [5, 3, 9, 9]] as [Shape] { meanSquaredError(shape) }
  }
}
