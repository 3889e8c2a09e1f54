import Federated
import Testing

/// Calls an algorithm's parts on arrays.
private struct Bench {
  var update: [Float]
  var own: [Float]
  var shared: [Float]
  var second: [Float]

  mutating func conclude(_ algorithm: any Algorithm, steps: Int, rate: Double = 0.1) -> Double {
    let count = update.count
    return update.withUnsafeMutableBufferPointer { update in
      own.withUnsafeMutableBufferPointer { own in
        shared.withUnsafeBufferPointer { shared in
          second.withUnsafeMutableBufferPointer { second in
            algorithm.conclude(
              ClientWork(
                update: update.baseAddress!, count: count, trainedCount: count,
                own: own.baseAddress, shared: shared.baseAddress, second: second.baseAddress,
                steps: steps, rate: rate, momentum: 0))
          }
        }
      }
    }
  }

  mutating func combine(
    _ algorithm: any Algorithm, number: Double = 0, participants: Int, clients: Int
  ) {
    let count = update.count
    update.withUnsafeMutableBufferPointer { update in
      shared.withUnsafeMutableBufferPointer { shared in
        second.withUnsafeBufferPointer { second in
          algorithm.combine(
            ServerWork(
              mean: update.baseAddress!, count: count, trainedCount: count,
              second: second.baseAddress, shared: shared.baseAddress, number: number,
              participants: participants, clients: clients))
        }
      }
    }
  }
}

@Suite struct AlgorithmTests {
  @Test func scaffoldRenewsControlsByOptionTwo() {
    // c_i' = c_i - c - update / (steps * rate): 0.5 - 0.25 - 0.4 / (2 * 0.1) = -1.75
    var bench = Bench(update: [0.4], own: [0.5], shared: [0.25], second: [0])
    _ = bench.conclude(Scaffold(), steps: 2)
    #expect(abs(bench.own[0] + 1.75) < 1e-6)
    #expect(abs(bench.second[0] + 2.25) < 1e-6)
    // c += 2 / 10 * -2.25
    bench.combine(Scaffold(), participants: 2, clients: 10)
    #expect(abs(bench.shared[0] + 0.2) < 1e-6)
  }

  @Test func scaffoldsTermPointsFromTheClientToAll() {
    let (own, shared): ([Float], [Float]) = ([0.5], [2])
    #expect(Scaffold().linearTerm(own: own, shared: shared, at: 0) == 1.5)
  }

  @Test func fedDynFollowsItsPaper() {
    let dyn = FedDyn(alpha: 0.5)
    var bench = Bench(update: [0.4], own: [0.1], shared: [0.2], second: [0])
    _ = bench.conclude(dyn, steps: 3)
    #expect(abs(bench.own[0] + 0.1) < 1e-6)
    // h = 0.2 - 0.5 * 2 / 4 * 0.4 = 0.1; mean - h / alpha = 0.4 - 0.2
    bench.combine(dyn, participants: 2, clients: 4)
    #expect(abs(bench.shared[0] - 0.1) < 1e-6)
    #expect(abs(bench.update[0] - 0.2) < 1e-6)
  }

  @Test func fedNovaGivesEqualStepsTheMean() {
    var bench = Bench(update: [0.4, -0.8], own: [], shared: [], second: [])
    let steps = bench.conclude(FedNova(), steps: 4)
    #expect(steps == 4)
    #expect(bench.update == [0.1, -0.2])
    bench.combine(FedNova(), number: steps, participants: 1, clients: 1)
    #expect(bench.update == [0.4, -0.8])
  }

  @Test func proximalTermPullsBack() {
    #expect(FedProx(mu: 0.3).pull == 0.3)
  }

  private func twoSteps(_ optimizer: any ServerOptimizer) -> Float {
    var global: [Float] = [1]
    var slots = optimizer.slots.map { [$0.start] }
    for mean in [Float(0.5), -0.25] {
      let pointers = slots.indices.map { index in
        slots[index].withUnsafeMutableBufferPointer { $0.baseAddress! }
      }
      optimizer.step(&global, mean: [mean], slots: pointers, count: 1)
    }
    return global[0]
  }

  @Test func serverMomentumAddsUp() {
    // 1 + 0.5, then m = 0.9 * 0.5 - 0.25 = 0.2
    #expect(abs(twoSteps(ServerSGD(rate: 1, momentum: 0.9)) - 1.7) < 1e-6)
    #expect(twoSteps(ServerSGD()) == 1.25)
  }

  /// By hand in double precision, with rate 0.1, beta1 0.9, beta2 0.99 and tau 0.1.
  @Test(arguments: ServerAdaptive.Kind.allCases)
  func adaptiveServersFollowAlgorithmTwo(kind: ServerAdaptive.Kind) {
    var (m, v, x) = (0.0, 0.01, 1.0)
    for mean in [0.5, -0.25] {
      let square = mean * mean
      m = 0.9 * m + 0.1 * mean
      switch kind {
      case .adam: v = 0.99 * v + 0.01 * square
      case .yogi: v -= 0.01 * square * (v > square ? 1 : -1)
      case .adagrad: v += square
      }
      x += 0.1 * m / (v.squareRoot() + 0.1)
    }
    let optimizer = ServerAdaptive(kind, rate: 0.1, beta1: 0.9, beta2: 0.99, tau: 0.1)
    #expect(abs(Double(twoSteps(optimizer)) - x) < 1e-6)
  }
}
