public import Datasets
public import HDF5

/// What the samples of a source are, as they will lie in shards.
public struct SampleLayout: Sendable, Equatable {
  /// The data set's name.
  public var name: String
  /// Shape of one sample's features.
  public var featureShape: [Int]
  /// The type of a feature; integers stay integers.
  public var featureType: ScalarType
  /// Shape of one sample's labels.
  public var labelShape: [Int] = []
  /// The type of a label: integers are classes, floats targets; `nil` without labels.
  public var labelType: ScalarType?
  /// Names of the classes; `nil` without classes.
  public var classNames: [String]?
  /// What each token id stands for, if features are token ids.
  public var vocabulary: [String]?
  /// Names of the features of a table.
  public var columnNames: [String]?
  /// Whether samples have a length: how many of their steps are not padding.
  public var hasLengths = false
  /// How features become inputs; `nil` for still to be computed, or none.
  public var normalization: Normalization?

  /// A layout without labels.
  public init(name: String, featureShape: [Int], featureType: ScalarType) {
    (self.name, self.featureShape, self.featureType) = (name, featureShape, featureType)
  }

  /// Bytes of one sample's features.
  public var featureByteCount: Int { featureShape.reduce(featureType.byteCount, *) }
  /// Bytes of one sample's labels.
  public var labelByteCount: Int { labelShape.reduce(labelType?.byteCount ?? 0, *) }
  /// Whether each sample has one class.
  public var hasClasses: Bool { labelType?.isInteger == true && labelShape.isEmpty }
}
