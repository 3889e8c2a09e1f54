/// A way to deal the samples of one split to clients: a function of its settings and the seed.
public protocol Partitioner: Hashable, Sendable {
  /// The name in job files.
  var name: String { get }

  /// The samples of each of `clients` clients, disjoint, in ascending order.
  ///
  /// - Throws: `FederationError` if the samples do not suffice or have no classes where those are
  ///   needed.
  func parts(
    of labels: SampleLabels, clients: Int, seed: UInt64
  ) throws(FederationError) -> [[Int]]
}

extension Partitioner {
  /// Whether `other` is the same partitioner with the same settings.
  public func isEqual(to other: any Partitioner) -> Bool { (other as? Self) == self }

  /// Throws unless every sample has one class.
  func requireClasses(_ labels: SampleLabels) throws(FederationError) {
    guard labels.classes.isEmpty, labels.count > 0 else { return }
    throw .settings(
      "the partition \(name) deals by label, but the labels of this split are not one class a sample; use iid, quantity, files or attribute"
    )
  }

  /// Throws unless there is at least one sample a client.
  func requireEnough(_ labels: SampleLabels, clients: Int) throws(FederationError) {
    guard clients > labels.count else { return }
    throw .settings(
      "\(clients) clients want a sample each, but the train split has \(labels.count)")
  }
}

extension Array {
  /// The elements cut into `count` runs whose lengths differ by at most one, the longer ones first.
  func cut(into count: Int) -> [ArraySlice<Element>] {
    let (size, larger) = self.count.quotientAndRemainder(dividingBy: count)
    return (0..<count).map {
      let start = $0 * size + Swift.min($0, larger)
      return self[start..<start + size + ($0 < larger ? 1 : 0)]
    }
  }
}
