import Optimizers
import Testing

@Suite struct OptimizerTests {
  @Test func stateIsNamed() {
    #expect(SGD().slotNames == [])
    #expect(SGD(momentum: 0.9).slotNames == ["momentum"])
    #expect(Adam().slotNames == ["mean", "meanSquare"])
    #expect(AdamW().slotNames == ["mean", "meanSquare"])
    #expect(RMSprop().slotNames == ["meanSquare"])
    #expect(
      RMSprop(momentum: 0.9, isCentered: true).slotNames == ["meanSquare", "mean", "momentum"])
    #expect(
      UpdatePolicy(Adam(), averaging: 0.999).slotNames == ["mean", "meanSquare", "average"])
  }

  @Test func equalityComparesKindAndSettings() {
    #expect(Adam().isEqual(to: Adam()))
    #expect(!Adam().isEqual(to: Adam(beta1: 0.8)))
    #expect(!Adam().isEqual(to: AdamW()))
  }

  @Test func constantScheduleStays() {
    let schedule = ConstantSchedule(0.25)
    #expect([1, 2, 1_000_000].map(schedule.learningRate) == [0.25, 0.25, 0.25])
  }

  @Test func slotsAreAppendedInOrder() {
    var storage: [Float] = [1, 2, 3, 4, 5, 6, 7, 8]
    storage.withUnsafeMutableBufferPointer { all in
      var slots = Slots()
      for start in [0, 2, 4, 6] {
        slots.append(UnsafeMutableBufferPointer(rebasing: all[start..<start + 2]))
      }
      #expect(slots.count == 4)
      #expect((0..<4).map { Array(slots[$0]) } == [[1, 2], [3, 4], [5, 6], [7, 8]])
      #expect((0..<4).map { Array(slots[1..<2][$0]) } == [[2], [4], [6], [8]])
      #expect((0...4).map { slots.prefix($0).count } == [0, 1, 2, 3, 4])
    }
  }
}
