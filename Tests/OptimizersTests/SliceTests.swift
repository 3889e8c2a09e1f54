import Optimizers
import Testing

@Suite struct SliceTests {
  static let optimizers: [any Optimizer] = [
    SGD(), SGD(weightDecay: 0.1), SGD(momentum: 0.9, dampening: 0.1),
    SGD(momentum: 0.9, isNesterov: true, weightDecay: 0.1), Adam(weightDecay: 0.1),
    AdamW(weightDecay: 0.1), RMSprop(weightDecay: 0.1), RMSprop(momentum: 0.9),
    RMSprop(momentum: 0.9, isCentered: true), Adagrad(weightDecay: 0.1),
    Adadelta(weightDecay: 0.1), Lion(weightDecay: 0.1),
  ]

  /// Values whose products do not fit a Float, so that a fused multiply-add would show.
  private func noise(_ seed: UInt32, _ count: Int) -> [Float] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(Int32(bitPattern: state)) / 0x1p31
    }
  }

  /// The number of elements whose bits differ.
  private func differences(_ a: [Float], _ b: [Float]) -> Int {
    zip(a, b).filter { $0.bitPattern != $1.bitPattern }.count
  }

  /// Bodies of 16 and 8 lanes, their unrolled forms and every length of tail.
  @Test(arguments: SliceTests.optimizers.indices)
  func cutsDoNotChangeBits(index: Int) {
    let optimizer = SliceTests.optimizers[index]
    let cutsOfSteps = [
      [1], [3, 16, 17, 64, 65, 129, 200, 511], Array(stride(from: 5, to: 1037, by: 7)),
      Array(1..<1037),
    ]
    var whole = Training(noise(1, 1037), optimizer)
    var cut = whole
    for (t, cuts) in cutsOfSteps.enumerated() {
      let gradients = noise(UInt32(t + 2), 1037)
      whole.step(optimizer, gradients, step: t + 1, rate: 0.1)
      cut.step(optimizer, gradients, step: t + 1, rate: 0.1, cuts: cuts)
    }
    #expect(differences(whole.parameters, cut.parameters) == 0)
    for (first, second) in zip(whole.slots, cut.slots) { #expect(differences(first, second) == 0) }
  }

  /// Swift never contracts: agreement to the bit shows that no clone fuses.
  @Test func multiplicationsAndAdditionsRoundSeparately() {
    let optimizer = SGD(momentum: 0.9, weightDecay: 0.1)
    let (start, gradients) = (noise(1, 1037), noise(2, 1037))
    var training = Training(start, optimizer)
    training.step(optimizer, gradients, step: 1, rate: 0.3)
    let expected = zip(start, gradients).map { p, g -> Float in
      let decayed = g + Float(0.1) * p
      return p - Float(0.3) * decayed
    }
    #expect(differences(training.parameters, expected) == 0)
  }

  @Test(arguments: SliceTests.optimizers.indices)
  func anEmptySliceIsNothingToDo(index: Int) {
    let optimizer = SliceTests.optimizers[index]
    var training = Training([], optimizer)
    training.step(optimizer, [], step: 1, rate: 0.1)
    #expect(training.parameters.isEmpty)
  }
}
