import CKernels
import Graph

extension Compiler {
  func lowerSoftmaxCrossEntropy(_ node: Node) throws(EngineError) {
    let logits = shape(node.inputs[0])
    let reads = [try plain(node.inputs[0]), try plain(node.inputs[1])]
    let target = try define(Value(node: node.index), .plain([logits[0]]))
    emit("softmax cross-entropy", reads: reads, writes: [target]) {
      ck_softmax_cross_entropy($0[0], $0.int32(1), $0[2], logits[0], logits[1])
    }
  }

  func lowerSoftmaxCrossEntropyGradient(_ node: Node) throws(EngineError) {
    let logits = shape(node.inputs[0])
    let reads = [try plain(node.inputs[0]), try plain(node.inputs[1]), try plain(node.inputs[2])]
    let target = try define(Value(node: node.index), .plain(logits))
    emit("softmax cross-entropy gradient", reads: reads, writes: [target], mayReplace: [reads[0]]) {
      ck_softmax_cross_entropy_gradient(
        $0[0], $0.int32(1), $0[2], $0[3], logits[0], logits[1])
    }
  }

  func lowerCorrectPrediction(_ node: Node) throws(EngineError) {
    let scores = shape(node.inputs[0])
    let reads = [try plain(node.inputs[0]), try plain(node.inputs[1])]
    let target = try define(Value(node: node.index), .plain([scores[0]]))
    emit("correct prediction", reads: reads, writes: [target]) {
      ck_correct_prediction($0[0], $0.int32(1), $0[2], scores[0], scores[1])
    }
  }
}
