public import Datasets

/// The classes of all samples of a split: what partitioners look at.
public struct SampleLabels: Sendable {
  /// Number of samples.
  public let count: Int
  /// The class of each sample; empty if labels are not one class a sample.
  public let classes: [Int32]
  /// Number of classes; 0 without classes.
  public let classCount: Int

  /// Labels that are known; an empty list if there are no classes.
  public init(count: Int, classes: [Int32] = [], classCount: Int = 0) {
    precondition(classes.isEmpty || classes.count == count, "\(classes.count) labels of \(count)")
    (self.count, self.classes, self.classCount) = (count, classes, classCount)
  }

  /// Reads the labels of a split, without its features. Local, blocking.
  public init(_ source: any SampleSource) throws(DatasetError) {
    guard let classCount = source.classCount, source.labelShape.isEmpty else {
      self.init(count: source.count)
      return
    }
    self.init(count: source.count, classes: try source.classes(), classCount: classCount)
  }

  /// The samples of each class, in ascending order.
  var byClass: [[Int]] {
    var lists = [[Int]](repeating: [], count: classCount)
    for (index, label) in classes.enumerated() { lists[Int(label)].append(index) }
    return lists
  }

  /// The samples of each class for a client: a row of the table of a partition.
  public func counts(of samples: [Int]) -> [Int] {
    var counts = [Int](repeating: 0, count: classCount)
    guard !classes.isEmpty else { return counts }
    for sample in samples { counts[Int(classes[sample])] += 1 }
    return counts
  }
}
