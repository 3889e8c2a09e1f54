import ArgumentParser
import Federated
import Foundation
import Training

struct Privacy: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compute what a private training costs, or the noise for a target.",
    discussion: """
      Every step adds normal noise to a sum over records that are drawn by themselves with the same \
      probability: samples for DP-SGD, clients for a private federation. Epsilon is given by the \
      older bound that many tables use, by Renyi divergence, by the distribution of the privacy loss, \
      which is exact, and by the central limit theorem, which may be too low.

          trireme privacy --rate 0.00427 --steps 3516 --noise 1.3
          trireme privacy --rate 0.04 --steps 2250 --epsilon 8
      """)

  @Option(help: "The probability with which a record is drawn: batch / samples, cohort / clients.")
  var rate: Double

  @Option(help: "The number of steps, or rounds.")
  var steps: Int

  @Option(help: "The noise's deviation in units of the clip.")
  var noise: Double?

  @Option(help: "The epsilon to be reached: the noise that it takes is computed.")
  var epsilon: Double?

  @Option(help: "The probability that epsilon does not hold.")
  var delta = 1e-5

  func validate() throws {
    guard rate > 0, rate <= 1 else { throw ValidationError("--rate is above 0 and up to 1") }
    guard steps > 0 else { throw ValidationError("--steps is a positive integer") }
    guard delta > 0, delta < 1 else { throw ValidationError("--delta is between 0 and 1") }
    guard (noise == nil) != (epsilon == nil) else {
      throw ValidationError("give one of --noise and --epsilon")
    }
    guard noise ?? 1 > 0, epsilon ?? 1 > 0 else {
      throw ValidationError("--noise and --epsilon are positive")
    }
  }

  func run() throws {
    Launch.here {
      if let noise {
        let mechanism = SampledGaussian(rate: rate, noiseMultiplier: noise)
        var renyi = RenyiAccountant()
        renyi.compose(mechanism, steps: steps)
        let loss = LossDistribution(mechanism, steps: steps, delta: delta, gridBits: 20)
        let (tight, classic) = (
          renyi.epsilon(delta: delta), renyi.classicEpsilon(delta: delta)
        )
        Console.print(String(format: "epsilon at delta %g", delta))
        Console.print(String(format: "  classic  %.4f  (order %g)", classic.epsilon, classic.order))
        Console.print(String(format: "  rdp      %.4f  (order %g)", tight.epsilon, tight.order))
        Console.print(String(format: "  pld      %.4f", loss.epsilon(delta: delta)))
        let limit = GaussianLimit(mechanism, steps: steps)
        Console.print(String(format: "  gdp      %.4f  (approximate)", limit.epsilon(delta: delta)))
      } else if let epsilon {
        Console.print(String(format: "noise for epsilon %g at delta %g", epsilon, delta))
        for kind in AccountantKind.allCases {
          let noise = try PrivacyBudget(accountant: kind, delta: delta)
            .noiseMultiplier(rate: rate, steps: steps, epsilon: epsilon)
          Console.print("  \(kind.rawValue)      " + String(format: "%.4f", noise))
        }
      }
    }
  }
}
