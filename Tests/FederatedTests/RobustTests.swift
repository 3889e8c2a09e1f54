import Federated
import Testing

/// Four honest updates and one far off.
private let updates: [[Float]] = [[1, 10], [2, 20], [3, 30], [4, 40], [100, -100]]

private func combined(_ rule: any RobustRule, _ rows: [[Float]] = updates) throws -> [Float] {
  var result = [Float](repeating: 0, count: rows[0].count)
  try result.withUnsafeMutableBufferPointer {
    try rule.combine(UpdateTable(rows: rows), into: $0)
  }
  return result
}

@Suite struct RobustTests {
  @Test func medianAndTrimmedMeanPassOverTheOutlier() throws {
    #expect(try combined(CoordinateMedian()) == [3, 20])
    var trimmed = TrimmedMean(cut: 1)
    trimmed.fixedPoint.limit = 1000
    #expect(try combined(trimmed) == [3, 20])
  }

  @Test func medianOfAnEvenNumberIsTheMiddleOfTwo() throws {
    #expect(try combined(CoordinateMedian(), [[1], [2], [4], [100]]) == [3])
  }

  @Test func krumScoresAreThoseOfTheDefinition() throws {
    let scores = try Krum(liars: 1).scores(UpdateTable(rows: updates))
    #expect(scores == [505, 202, 202, 505, 45905])
  }

  @Test func krumBreaksTiesByTheLowerNumber() throws {
    #expect(try combined(Krum(liars: 1)) == [2, 20])
  }

  @Test func multiKrumAveragesTheNearest() throws {
    #expect(try combined(Krum(liars: 1, selected: 2)) == [2.5, 25])
    #expect(try combined(Krum(liars: 1, selected: 4)) == [2.5, 25])
  }

  @Test func rulesKnowHowManyTheyNeed() {
    #expect(Krum(liars: 2).fewestUpdates == 7)
    #expect(Bulyan(liars: 2).fewestUpdates == 11)
    #expect(TrimmedMean(cut: 2).fewestUpdates == 5)
  }

  @Test func bulyanPassesOverTheOutlier() throws {
    // Seven updates, one liar: five are chosen, the three nearest to the median averaged.
    let rows: [[Float]] = [[1], [2], [3], [4], [5], [6], [1000]]
    let bulyan = Bulyan(liars: 1)
    let chosen = try bulyan.selection(UpdateTable(rows: rows))
    #expect(chosen.count == 5)
    #expect(!chosen.contains(6))
    let result = try combined(bulyan, rows)
    #expect((2...5).contains(result[0]))
  }

  @Test func flTrustWeighsByDirection() throws {
    let rows: [[Float]] = [[2, 0], [0, 1], [-1, -1], [3, 3], [1, 1]]
    let trust = try FLTrust().trust(UpdateTable(rows: rows))
    for (score, expected) in zip(trust.scores, [0.7071068, 0.7071068, 0, 1]) {
      #expect(abs(score - expected) < 1e-6)
    }
    for value in try combined(FLTrust(), rows) { #expect(abs(value - 0.828427) < 1e-6) }
  }

  @Test func flTrustOfNobodyIsNoStep() throws {
    #expect(try combined(FLTrust(), [[-1, -1], [0, 0], [1, 1]]) == [0, 0])
  }

  @Test func attackersAreAFixedShare() {
    let attack = Attack(.signFlip, share: 0.2)
    let attackers = attack.attackers(clients: 50, seed: 1)
    #expect(attackers.count == 10)
    #expect(attack.attackers(clients: 50, seed: 1) == attackers)
    #expect(attack.attackers(clients: 50, seed: 2) != attackers)
  }

  @Test(arguments: [2, 4, 8]) func quantizationHasNoBiasAndFewLevels(bits: Int) {
    let compression = Quantization(bits: bits)
    var sum = 0.0
    for round in 0..<400 {
      var update: [Float] = [1, 0.3, -0.7, 0]
      update.withUnsafeMutableBufferPointer {
        compression.apply($0, seed: 1, round: round)
      }
      #expect(update[0] == 1 && update[3] == 0)
      sum += Double(update[1])
    }
    // A rounding step of 1 / 1, 1 / 7 or 1 / 127: deviation at most 0.5 / 20.
    #expect(abs(sum / 400 - 0.3) < 0.1)
    #expect(compression.byteCount(2048) == 256 * bits + 8)
  }

  @Test func sketchFindsWhatStandsOutAndSendsLess() {
    let large = [17: Float(5), 400: -4, 999: 3]
    var update = (0..<1000).map { large[$0] ?? Float($0 % 7 - 3) * 1e-3 }
    let sketch = CountSketch(share: 0.3)
    update.withUnsafeMutableBufferPointer { sketch.apply($0, seed: 3, round: 1) }
    for (place, value) in large { #expect(abs(update[place] - value) < 0.1, "\(place)") }
    #expect(update.count { $0 != 0 } <= 50)
    #expect(sketch.byteCount(1000) == 1200)
  }

  @Test func largestElementsAreKept() {
    var update: [Float] = [0.1, -3, 2, 0.2, -2]
    update.withUnsafeMutableBufferPointer {
      LargestElements(share: 0.4).apply($0, seed: 0, round: 0)
    }
    #expect(update == [0, -3, 2, 0, 0])
  }
}
