import Importers
import Testing

struct StratificationTests {
  @Test func everyStretchHasItsShareOfEachClass() {
    let members = [Array(0..<60), Array(60..<90), Array(90..<100)]
    let list = Stratification.spread(members)
    #expect(list.sorted() == Array(0..<100))
    for start in stride(from: 0, to: 100, by: 20) {
      let part = list[start..<start + 20]
      #expect(abs(part.count { $0 < 60 } - 12) <= 1)
      #expect(abs(part.count { $0 >= 90 } - 2) <= 1)
    }
  }

  @Test func cutsPartsOfAlmostEqualSize() {
    let parts = SampleList.range(0..<10).cut(into: 4)
    #expect(parts.map(\.count) == [3, 3, 2, 2])
    #expect(parts.flatMap { part in (0..<part.count).map { part[$0] } } == Array(0..<10))
  }
}
