/// How the server makes a step of the mean update (Reddi et al. 2021, algorithm 2). The mean is the
/// direction itself, not a gradient: it is added.
public protocol ServerOptimizer: Hashable, Sendable {
  /// The name in job files.
  var name: String { get }

  /// The names of its arrays, and the value that each begins with.
  var slots: [(name: String, start: Float)] { get }

  /// Changes the global parameters. Local, the same on all ranks.
  ///
  /// - Parameters:
  ///   - slots: As many arrays as ``slots``, each of `count`.
  func step(
    _ global: UnsafeMutablePointer<Float>, mean: UnsafePointer<Float>,
    slots: [UnsafeMutablePointer<Float>], count: Int)
}

extension ServerOptimizer {
  /// Whether `other` is the same optimizer with the same settings.
  public func isEqual(to other: any ServerOptimizer) -> Bool { (other as? Self) == self }
}
