import Foundation
import Scaling
import Testing

/// The slowest of many, against known numbers.
@Suite struct OrderStatisticsTests {
  @Test(arguments: [(2, 1 / Double.pi.squareRoot()), (3, 0.8463), (10, 1.5388), (100, 2.5076)])
  func expectsTheTabulatedMaximum(count: Int, expected: Double) {
    #expect(abs(OrderStatistics.expectedMaximum(of: count) - expected) < 1e-4)
  }

  @Test func oneIsTheMean() { #expect(OrderStatistics.expectedMaximum(of: 1) == 0) }
}
