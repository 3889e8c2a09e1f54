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

  static func targets(_ batch: Int, _ targets: ClassTargets) -> OpCase {
    OpCase("cross-entropy with targets \(targets)", scores(batch, targets.classes)) {
      try ($0[0].logSoftmax() * (try $0[1].classTargets(targets))).sum([1]).scaled(by: -1)
    }
  }

  private static func targetCases(_ batch: Int, _ classes: Int) -> [OpCase] {
    let weights = (0..<classes).map { 0.5 + 0.25 * Float($0 % 5) }
    return list {
      targets(batch, ClassTargets(classes: classes))
      targets(batch, ClassTargets(classes: classes, smoothing: 0.1))
      targets(batch, ClassTargets(classes: classes, weights: weights))
      targets(
        batch, ClassTargets(classes: classes, smoothing: 0.2, weights: weights, ignoredLabel: 1))
    }
  }

  static let losses = list {
    targetCases(5, 4)
    for (batch, classes) in [(1, 1), (1, 2), (5, 10), (4, 7)] {
      crossEntropy(batch, classes)
      meanCrossEntropy(batch, classes)
      correctPredictions(batch, classes)
    }
    for shape in [[5], [3, 4], [2, 3, 2, 2]] as [Shape] { meanSquaredError(shape) }
  }

  static let largeLosses = list {
    targetCases(32, 17)
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
