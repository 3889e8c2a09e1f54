import Datasets
import Foundation
import HDF5
import Neighbours
import Testing

/// Samples in memory.
private final class ArraySource: SampleSource {
  let name = "array"
  let classNames: [String] = []
  let featureShape: [Int]
  let labelShape: [Int]
  let labelKind: LabelKind
  let count: Int
  private let features: [Float]
  private let labels: [Float]

  init(_ features: [Float], width: Int, labels: [Float], labelShape: [Int], _ kind: LabelKind) {
    (self.features, self.labels) = (features, labels)
    (featureShape, self.labelShape, labelKind) = ([width], labelShape, kind)
    count = features.count / width
  }

  func read(
    _ indices: UnsafeBufferPointer<Int>, into features: UnsafeMutableBufferPointer<Float>,
    labels: LabelBuffer
  ) throws(DatasetError) {
    let (width, labelCount) = (featureCount, labelShape.reduce(1, *))
    for (row, index) in indices.enumerated() {
      for column in 0..<width {
        features[row * width + column] = self.features[index * width + column]
      }
      for column in 0..<labelCount {
        switch labels {
        case .classes(let buffer):
          buffer[row * labelCount + column] = Int32(self.labels[index * labelCount + column])
        case .targets(let buffer):
          buffer[row * labelCount + column] = self.labels[index * labelCount + column]
        case .none: break
        }
      }
    }
  }
}

extension Ranks {
  @Suite struct NeighbourTests {
    /// What scikit-learn says, written by Tests/Reference/make.py.
    private func reference<T: HDF5Scalar>(_ name: String, _: T.Type) throws -> [T] {
      let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
      let file = try File.open(tests.path + "/Reference/neighbours.h5", .readOnly)
      return try file.dataset(name, of: T.self).read()
    }

    private func search(
      _ train: ArraySource, _ queries: ArraySource, _ count: Int
    ) throws -> [[Neighbour]] {
      let search = NearestNeighbours(train, count: count)
      let local = try search.search(queries, rank: Ranks.world.rank, of: Ranks.world.size)
      return try search.merged(local, on: Ranks.world)
    }

    private func queries() throws -> ArraySource {
      ArraySource(
        try reference("queries", Float.self), width: 5, labels: [], labelShape: [], .none)
    }

    @Test func findsTheNeighboursThatScikitLearnFinds() throws {
      let train = ArraySource(
        try reference("samples", Float.self), width: 5,
        labels: try reference("classes", Float.self), labelShape: [], .classes(3))
      let found = try search(train, try queries(), 4)
      let indices = try reference("indices", Int.self)
      #expect(found.flatMap { $0.map(\.index) } == indices)
      for (ours, theirs) in zip(
        found.flatMap { $0.map(\.distance) }, try reference("distances", Double.self))
      {
        #expect(abs(ours - theirs) <= 1e-12)
      }
      for weighting in NeighbourPrediction.Weighting.allCases {
        let classes = try reference("\(weighting.rawValue)/classes", Int.self)
        #expect(found.map { NeighbourPrediction.label($0, classes: 3, weighting) } == classes)
      }
    }

    @Test func averagesTargetsAsScikitLearnDoes() throws {
      let train = ArraySource(
        try reference("samples", Float.self), width: 5,
        labels: try reference("targets", Float.self), labelShape: [2], .targets)
      let found = try search(train, try queries(), 4)
      for weighting in NeighbourPrediction.Weighting.allCases {
        let ours = found.flatMap { NeighbourPrediction.targets($0, weighting) }
        let theirs = try reference("\(weighting.rawValue)/targets", Double.self)
        for (a, b) in zip(ours, theirs) { #expect(abs(a - b) <= 1e-12) }
        #expect(ours.count == theirs.count)
      }
    }

    @Test func ofEquallyNearSamplesTheLowerIndexComesFirst() throws {
      // A grid of whole numbers: most distances occur several times, over blocks and ranks.
      let values = (0..<3_000).map { Float(($0 * 7_919) % 4) }
      let train = ArraySource(
        values, width: 2, labels: (0..<1_500).map { Float($0 % 2) }, labelShape: [], .classes(2))
      let queries = ArraySource(
        (0..<600).map { Float($0 % 5) }, width: 2, labels: [], labelShape: [], .none)
      let found = try search(train, queries, 9)
      for query in 0..<300 {
        let (x, y) = (Float(query * 2 % 5), Float((query * 2 + 1) % 5))
        let all = (0..<1_500).map { index in
          let (dx, dy) = (Double(values[2 * index] - x), Double(values[2 * index + 1] - y))
          return (dx * dx + dy * dy, index)
        }
        let expected = all.sorted { $0 < $1 }.prefix(9)
        #expect(found[query].map(\.index) == expected.map(\.1), "query \(query)")
      }
    }

    @Test func findsAllSamplesWhenAskedForAll() throws {
      let train = ArraySource(
        (0..<5).map(Float.init), width: 1, labels: [0, 0, 0, 1, 1], labelShape: [], .classes(2))
      let queries = ArraySource([3.2], width: 1, labels: [], labelShape: [], .none)
      #expect(try search(train, queries, 5).map { $0.map(\.index) } == [[3, 4, 2, 1, 0]])
    }
  }
}
