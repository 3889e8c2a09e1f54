import Engine
import Graph
import Randomness

/// An input or a parameter of a case, with what it is filled with.
struct Leaf: Sendable {
  enum Role: Sendable { case input, parameter }

  /// How the elements are drawn.
  enum Fill: Sendable {
    case uniform(Float, Float)
    /// Magnitudes in [0.1, 1] of either sign: clear of a kink at 0.
    case awayFromZero
    /// A shuffled grid around 0 whose neighbours are 0.05 apart: no two elements are near a tie, and
    /// none is 0.
    case distinct
    /// Class numbers below the count.
    case labels(Int)
    /// Words of random-number keys.
    case keys
  }

  let name: String
  let shape: Shape
  let role: Role
  let fill: Fill

  static func input(_ name: String, _ shape: Shape, _ fill: Fill = .uniform(-1, 1)) -> Leaf {
    Leaf(name: name, shape: shape, role: .input, fill: fill)
  }

  static func parameter(_ name: String, _ shape: Shape, _ fill: Fill = .uniform(-1, 1)) -> Leaf {
    Leaf(name: name, shape: shape, role: .parameter, fill: fill)
  }

  var isReal: Bool {
    switch fill {
    case .labels, .keys: false
    case .uniform, .awayFromZero, .distinct: true
    }
  }

  /// The leaf in `graph`.
  func tensor(in graph: TensorGraph) throws(GraphError) -> Tensor {
    switch role {
    case .input: graph.input(name, TensorType(shape, isReal ? .float32 : .int32))
    case .parameter: try graph.parameter(name, shape, .zeros)
    }
  }

  /// The elements: a function of the case's and the leaf's names.
  func values(of caseName: String) -> HostArray {
    let path = "\(caseName)/\(name)"
    let hash = path.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) {
      ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3
    }
    var random = CounterRandom(seed: hash, purpose: .synthetic)
    let count = shape.count
    switch fill {
    case .uniform(let lower, let upper):
      return .float32((0..<count).map { _ in lower + (upper - lower) * random.uniform() })
    case .awayFromZero:
      return .float32(
        (0..<count).map { _ in
          let magnitude = 0.1 + 0.9 * random.uniform()
          return random.uniform() < 0.5 ? -magnitude : magnitude
        })
    case .distinct:
      var values = (0..<count).map { 0.05 * (Float($0) - Float(count / 2)) + 0.02 }
      for last in stride(from: count - 1, to: 0, by: -1) {
        values.swapAt(last, Int(random.next32() % UInt32(last + 1)))
      }
      return .float32(values)
    case .labels(let classes):
      return .int32((0..<count).map { _ in Int32(random.next32() % UInt32(classes)) })
    case .keys:
      return .int32((0..<count).map { _ in Int32(bitPattern: random.next32()) })
    }
  }
}
