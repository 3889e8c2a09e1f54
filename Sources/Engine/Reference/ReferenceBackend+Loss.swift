import Glibc
import Graph

extension ReferenceBackend {
  /// -log softmax(logits)[label] of each sample.
  static func softmaxCrossEntropy(
    _ logits: ReferenceTensor, labels: [Int]
  ) -> ReferenceTensor {
    let logarithms = logSoftmax(logits, 1)
    let classes = logits.shape[1]
    return ReferenceTensor(
      [labels.count],
      labels.enumerated().map { sample, label in -logarithms.values[sample * classes + label] })
  }

  /// dlogits = dloss (softmax(logits) - 1 at the label)
  static func softmaxCrossEntropyGradient(
    _ logits: ReferenceTensor, labels: [Int], dLoss: ReferenceTensor
  ) -> ReferenceTensor {
    var result = softmax(logits, 1)
    let classes = logits.shape[1]
    for (sample, label) in labels.enumerated() {
      result.values[sample * classes + label] -= 1
      for k in 0..<classes { result.values[sample * classes + k] *= dLoss.values[sample] }
    }
    return result
  }

  /// 1 where the first largest score is the label's, else 0.
  static func correctPrediction(_ scores: ReferenceTensor, labels: [Int]) -> ReferenceTensor {
    let classes = scores.shape[1]
    return ReferenceTensor(
      [labels.count],
      labels.enumerated().map { sample, label in
        let row = Array(scores.values[(sample * classes)..<((sample + 1) * classes)])
        return row.firstIndex(of: row.max() ?? 0) == label ? 1 : 0
      })
  }
}
