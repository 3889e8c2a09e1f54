import Collectives
import Testing

/// The vector loops against plain ones, at lengths around every vector width.
@Suite struct SummableTests {
  private func values<Element: Summable>(_ type: Element.Type, _ count: Int, salt: Int) -> [Element]
  {
    (0..<count).map { Element(exactly: ($0 * 37 + salt) % 251 - 125) ?? 0 }
  }

  private func check<Element: Summable>(_ type: Element.Type) {
    for count in [0, 1, 7, 8, 15, 16, 17, 33, 1001] {
      let (first, second) = (values(type, count, salt: 1), values(type, count, salt: 90))
      let expected = zip(first, second).map { $0 + $1 }

      var added = first
      Element.add(second, to: &added, count: count)
      #expect(added == expected)

      var sum = [Element](repeating: 0, count: count)
      Element.sum(first, second, into: &sum, count: count)
      #expect(sum == expected)

      var scaled = first
      Element.scale(&scaled, by: 3, count: count)
      #expect(scaled == first.map { $0 * 3 })
    }
  }

  @Test func floatsAddUpAsByHand() { check(Float.self) }
  @Test func doublesAddUpAsByHand() { check(Double.self) }
  @Test func integersAddUpAsByHand() { check(Int32.self) }
  @Test func longIntegersAddUpAsByHand() { check(Int64.self) }

  @Test func integersWrapAround() {
    var sum: [Int32] = [.max]
    Int32.add([1], to: &sum, count: 1)
    #expect(sum == [.min])
  }
}
