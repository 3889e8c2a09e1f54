import Layers
import Optimizers
import Testing
import Training

@Suite struct JobOverrideTests {
  @Test func aValueIsReplaced() throws {
    #expect(try JobText().job("training.epochs=7").training.epochs == 7)
  }

  @Test func aKeyIsAdded() throws {
    #expect(try JobText().job("parallel.allReduce=native").parallel.allReduce == .native)
  }

  @Test func aListElementIsNamedByItsIndex() throws {
    let job = try JobText().job("model.layers.2.dense.units=12")
    #expect((job.model.layers.layers[2] as? Dense)?.units == 12)
  }

  @Test func aBareNameGetsSettings() throws {
    let job = try JobText(optimizer: "adam").job("optimizer.adam.learningRate=0.5")
    #expect(job.optimizer.schedule.learningRate(step: 1) == 0.5)
  }

  @Test func aWholeSectionIsReplaced() throws {
    let job = try JobText().job("optimizer={sgd: {momentum: 0.5}}", "data=synthetic")
    #expect(job.optimizer.rule.isEqual(to: SGD(momentum: 0.5)))
    #expect(
      job.data == .synthetic(Job.Synthetic(shape: [1, 8, 8], classes: 10, samples: 1024)))
  }

  @Test func theLastOneWins() throws {
    #expect(try JobText().job("training.seed=1", "training.seed=2").training.seed == 2)
  }

  @Test func aValueMayHoldAnEqualsSign() throws {
    guard case .shards(let train, _) = try JobText().job("data.train=/a=b.h5").data else {
      Issue.record("expected shards")
      return
    }
    #expect(train.map(\.pattern) == ["/a=b.h5"])
  }

  @Test func errorsQuoteTheOverride() {
    #expect(
      JobText().refusal("training.epochs=many")
        == "--set training.epochs=many: \"epochs\" in training: expected unlimited or a positive integer, found \"many\""
    )
    #expect(
      JobText().refusal("training.epoch=3")
        == "--set training.epoch=3: unknown key \"epoch\" in training; did you mean \"epochs\"?")
  }

  @Test(arguments: ["training.epochs", "=3", ".epochs=3", "training..epochs=3"])
  func whatIsNoAssignmentIsRefused(override: String) {
    #expect(JobText().refusal(override) == "--set \(override): expected key.path=value")
  }

  @Test func anIndexOutOfRangeIsRefused() {
    #expect(
      JobText().refusal("model.layers.9.dense.units=3")
        == "--set model.layers.9.dense.units=3: \"model.layers\" is a list of 3, counted from 0: no element \"9\""
    )
  }

  @Test func aValueHasNoKeys() {
    #expect(
      JobText().refusal("loss.kind=3")
        == "--set loss.kind=3: \"loss\" is a value and has no key \"kind\"")
  }
}
