import Testing
import Training

/// Messages are part of the interface: file, line, key, what was expected.
@Suite struct JobErrorTests {
  @Test func anUnknownKeyGetsASuggestion() {
    let text = JobText(layers: ["conv2d: {fitlers: 4, kernel: 3}"])
    #expect(
      text.refusal()
        == "jobs/x.yaml:5: unknown key \"fitlers\" in conv2d; did you mean \"filters\"?")
  }

  @Test func anUnknownKeyOfTheJobGetsASuggestion() {
    #expect(
      JobText(rest: ["chekpoint: {keep: 1}"]).refusal()
        == "jobs/x.yaml:11: unknown key \"chekpoint\" in the job; did you mean \"checkpoint\"?")
  }

  @Test func aKeyLikeNoOtherGetsTheList() {
    #expect(
      JobText(training: "{epochs: 2, momentum: 3}").refusal()
        == "jobs/x.yaml:10: unknown key \"momentum\" in training; known are epochs, steps, globalBatch, microBatches, seed, threads, lossScale, compute"
    )
  }

  @Test func anUnknownLayerGetsASuggestion() {
    #expect(
      JobText(layers: ["flatten", "maxpool2d"]).refusal()
        == "jobs/x.yaml:6: unknown layer \"maxpool2d\"; did you mean \"maxPool2d\"?")
  }

  @Test func anUnknownWordGetsASuggestion() {
    #expect(
      JobText(loss: "softmaxCrossEntrpy").refusal()
        == "jobs/x.yaml:8: unknown loss \"softmaxCrossEntrpy\"; did you mean \"softmaxCrossEntropy\"?"
    )
  }

  @Test(
    arguments: [
      ("many", "\"many\""), ("0", "\"0\""), ("-3", "\"-3\""), ("1.5", "\"1.5\""),
      ("\"16\"", "the text \"16\""), ("[1]", "a list of 1"), ("~", "nothing"),
      ("{a: 1}", "a mapping with the key \"a\""),
    ])
  func aWrongTypeSaysWhatWasFound(value: String, found: String) {
    #expect(
      JobText(layers: ["flatten", "dense: {units: \(value)}"]).refusal()
        == "jobs/x.yaml:6: \"units\" in dense: expected a positive integer, found \(found)")
  }

  @Test func anElementOfAListIsNamedByItsKey() {
    #expect(
      JobText(input: "[1, eight, 8]").refusal()
        == "jobs/x.yaml:3: \"input\" in model: expected a positive integer, found \"eight\"")
  }

  @Test(arguments: ["0", "-2", "automatic"])
  func aLossScaleIsANumberOrDynamic(value: String) {
    #expect(
      JobText(training: "{epochs: 1, lossScale: \(value)}").refusal()
        == "jobs/x.yaml:10: \"lossScale\" in training: expected dynamic or a positive number, found \"\(value)\""
    )
  }

  @Test func alternativesAreNamed() {
    #expect(
      JobText(training: "{epochs: 1, microBatches: some}").refusal()
        == "jobs/x.yaml:10: \"microBatches\" in training: expected auto or a positive integer, found \"some\""
    )
  }

  @Test func aMissingKeyIsNamedAtItsMapping() {
    #expect(
      JobText(layers: ["flatten", "dense: {activation: relu}"]).refusal()
        == "jobs/x.yaml:6: dense needs the key \"units\"")
  }

  @Test func aMissingSectionIsNamed() throws {
    #expect(throws: JobError(.line(1, file: "x.yaml"), "the job needs the key \"model\"")) {
      try Job(text: "data: synthetic\n", file: "x.yaml")
    }
  }

  @Test func anEmptyFileIsAnEmptyJob() throws {
    #expect(throws: JobError(.line(1, file: "x.yaml"), "the job needs the key \"data\"")) {
      try Job(text: "", file: "x.yaml")
    }
  }

  @Test func aNumberOutOfRangeSaysTheRange() {
    #expect(
      JobText(layers: ["flatten", "dropout: {rate: 1}", "dense: {units: 10}"]).refusal()
        == "jobs/x.yaml:6: \"rate\" in dropout: expected a number in [0, 1), found \"1\"")
    #expect(
      JobText(optimizer: "{adam: {learningRate: nan}}").refusal()
        == "jobs/x.yaml:9: \"learningRate\" in adam: expected a positive number, found \"nan\"")
  }

  @Test func settingsNextToTheNameAreExplained() {
    #expect(
      JobText(layers: ["dense:\n      units: 10"]).refusal()
        == "jobs/x.yaml:6: expected one layer, found the keys \"dense\", \"units\"; settings are indented under the name"
    )
  }

  @Test func aLayerWithoutSettingsTakesNone() {
    #expect(
      JobText(layers: ["flatten: {axis: 1}"]).refusal()
        == "jobs/x.yaml:5: unknown key \"axis\" in flatten, which has no settings")
  }

  @Test func trainingMustEnd() {
    #expect(
      JobText(training: "{seed: 1}").refusal()
        == "jobs/x.yaml:10: training needs the key \"epochs\" or \"steps\"")
  }

  @Test func microBatchesCannotBeEmpty() {
    #expect(
      JobText(training: "{epochs: 1, globalBatch: 4, microBatches: 5}").refusal()
        == "jobs/x.yaml:10: microBatches (5) must not exceed globalBatch (4)")
  }

  @Test func nesterovNeedsMomentum() {
    #expect(
      JobText(optimizer: "{sgd: {nesterov: true}}").refusal()
        == "jobs/x.yaml:9: nesterov needs a momentum above 0 and no dampening")
  }

  @Test func anImpossibleShapeNamesTheLayerItsLineAndBothShapes() throws {
    let refusal = JobText(
      layers: ["maxPool2d: {size: 4}", "conv2d: {filters: 4, kernel: 3}", "flatten"]
    ).refusal()
    #expect(
      refusal
        == "jobs/x.yaml:6: layers.1: convolution: window 3x3 (reach 3 on axis 0) is larger than its input 1x1x2x2"
    )
  }

  @Test func anOutputThatDoesNotFitTheLossIsReportedAtTheLoss() {
    #expect(
      JobText(layers: ["relu"]).refusal()
        == "jobs/x.yaml:6: softmaxCrossEntropy: outputs must be N x classes or N x steps x classes, are 1x1x8x8"
    )
  }

  @Test func brokenYAMLKeepsItsLine() {
    #expect(
      JobText(layers: ["dense: {units: 10"]).refusal()?.hasPrefix("jobs/x.yaml:6: is not YAML")
        == true)
  }

  @Test func aKeyGivenTwiceIsRefused() {
    #expect(JobText(rest: ["loss: meanSquaredError"]).refusal()?.contains("\"loss\" twice") == true)
  }

  @Test func aFileThatIsNotThereSaysSo() {
    #expect(
      throws: JobError(.file("/no/such.yaml"), "cannot be read: No such file or directory")
    ) { try Job(file: "/no/such.yaml") }
  }
}
