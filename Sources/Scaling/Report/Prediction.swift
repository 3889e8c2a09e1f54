/// A curve of predicted steps that stands beside what was measured: one series of a report.
public struct Prediction: Codable, Sendable, Equatable {
  /// What is predicted for a number of ranks.
  public struct Point: Codable, Sendable, Equatable {
    /// The number of ranks.
    public var ranks: Int
    /// Seconds of a step.
    public var stepSeconds: Double
    /// The efficiency against the smallest number of ranks; 1 is ideal.
    public var efficiency: Double

    /// A point; see the properties.
    public init(ranks: Int, stepSeconds: Double, efficiency: Double) {
      self.ranks = ranks
      self.stepSeconds = stepSeconds
      self.efficiency = efficiency
    }
  }

  /// The name in legends, such as `plan, 25 Gbit/s Ethernet`.
  public var name: String
  /// By number of ranks, ascending.
  public var points: [Point]

  /// A series; see the properties.
  public init(name: String, points: [Point]) {
    self.name = name
    self.points = points
  }
}
