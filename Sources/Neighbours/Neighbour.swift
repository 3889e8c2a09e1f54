/// A sample of the train split near a query.
public struct Neighbour: Hashable, Sendable, Comparable {
  /// The square of the Euclidean distance: the sum of squared differences in double precision, in the
  /// order of the features.
  public let squaredDistance: Double
  /// The number of the sample in the whole split.
  public let index: Int
  /// The sample's label: one class, or its targets.
  public let label: [Double]

  /// A sample at a distance.
  public init(squaredDistance: Double, index: Int, label: [Double]) {
    (self.squaredDistance, self.index, self.label) = (squaredDistance, index, label)
  }

  /// The Euclidean distance.
  public var distance: Double { squaredDistance.squareRoot() }

  /// The nearer one first; of equally near ones the one with the lower index.
  public static func < (a: Neighbour, b: Neighbour) -> Bool {
    (a.squaredDistance, a.index) < (b.squaredDistance, b.index)
  }
}
