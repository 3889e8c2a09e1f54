import Datasets
import Engine
import Graph

/// A block of queries against a block of samples: all inner products at once, by the engine's matrix
/// product.
final class ProductBlock {
  /// Samples of one split in the engine's memory, with the norms that distances need.
  final class Rows {
    let capacity: Int
    let features: UnsafeMutableBufferPointer<Float>
    private(set) var squaredNorms: [Double]
    /// The largest Euclidean norm of the rows that are there.
    private(set) var largestNorm = 0.0
    private let reader: BatchReader
    private let width: Int

    fileprivate init(
      _ source: any SampleSource, capacity: Int, features: UnsafeMutableBufferPointer<Float>
    ) {
      self.capacity = capacity
      self.features = features
      squaredNorms = Array(repeating: 0, count: capacity)
      reader = BatchReader(source: source, capacity: capacity)
      width = source.featureCount
    }

    /// Reads the samples `range`, at most ``capacity``.
    func read(_ range: Range<Int>, labels: LabelBuffer) throws {
      _ = try reader.read(range, into: features, labels: labels)
      largestNorm = 0
      for row in 0..<range.count {
        var sum = 0.0
        for index in row * width..<(row + 1) * width {
          sum += Double(features[index]) * Double(features[index])
        }
        squaredNorms[row] = sum
        largestNorm = max(largestNorm, sum.squareRoot())
      }
    }
  }

  let queries: Rows
  let samples: Rows
  private let executor: Executor
  private let products: UnsafeMutableBufferPointer<Float>
  private let width: Int

  /// Blocks of `queryCount` x `sampleCount` products.
  init(
    queries: any SampleSource, _ queryCount: Int, samples: any SampleSource, _ sampleCount: Int
  ) throws {
    width = samples.featureCount
    let graph = TensorGraph(mode: .inference)
    let left = graph.input("queries", TensorType([queryCount, width]))
    let right = graph.input("samples", TensorType([sampleCount, width]))
    let product = try left.matmul(right, transposeB: true)
    executor = try Executor(try Plan(graph, fetching: [product]))
    guard let first = executor.input("queries"), let second = executor.input("samples"),
      let result = executor.value(of: product)
    else { preconditionFailure("a plan without its inputs") }
    self.queries = Rows(queries, capacity: queryCount, features: first.bindMemory(to: Float.self))
    self.samples = Rows(samples, capacity: sampleCount, features: second.bindMemory(to: Float.self))
    products = result
  }

  /// Computes all products of the rows that are there.
  func multiply() throws { try executor.run() }

  // Note [Exact neighbours from rounded products]
  // |q - t|^2 = |q|^2 + |t|^2 - 2 q t, with q t from a product in float32. Its rounding error is at most
  // g |q| |t| with g = n u / (1 - n u), u = 2^-24 and n the number of features, whatever the order of
  // the sum (Higham 2002, section 3.1). So a sample whose rounded square is above the k-th best exact one
  // plus 2 g |q| |t| is surely out; the few others are measured in double precision. The result is
  // that of comparing everything exactly, and does not depend on blocks, kernels or ranks.

  /// What a rounded square may be too large by, at most, for query `row`.
  func slack(_ row: Int) -> Double {
    let error = Double(width) * 0x1p-24
    let share = error < 0.5 ? error / (1 - error) : .infinity
    let norm = queries.squaredNorms[row].squareRoot()
    // A trifle more for the double-precision steps.
    return (2 * share * norm * samples.largestNorm + 1e-12 * norm * norm) * 1.01 + 0x1p-1000
      + 1e-12 * samples.largestNorm * samples.largestNorm
  }

  /// Calls `body` with each of the first `count` samples whose rounded square is at most `limit()`.
  func forEachSample(
    _ row: Int, count: Int, below limit: () -> Double, _ body: (Int) -> Void
  ) {
    let norm = queries.squaredNorms[row]
    let first = row * samples.capacity
    for sample in 0..<count
    where norm + samples.squaredNorms[sample] - 2 * Double(products[first + sample]) <= limit() {
      body(sample)
    }
  }

  /// The sum of squared differences of a query and a sample, in double precision.
  func squaredDistance(_ query: Int, _ sample: Int) -> Double {
    let (a, b) = (queries.features, samples.features)
    var sum = 0.0
    for index in 0..<width {
      let difference = Double(a[query * width + index]) - Double(b[sample * width + index])
      sum += difference * difference
    }
    return sum
  }
}
