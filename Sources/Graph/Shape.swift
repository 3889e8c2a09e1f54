/// The extents of a tensor, outermost first; row-major is the logical order everywhere.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  /// The extent of each axis.
  public let dimensions: [Int]

  /// A shape from its extents, outermost first.
  public init(_ dimensions: [Int]) { self.dimensions = dimensions }

  /// A shape written as a literal: `[32, 3, 28, 28]`.
  public init(arrayLiteral elements: Int...) { self.init(elements) }

  /// The number of axes; 0 for a scalar.
  public var rank: Int { dimensions.count }

  /// The number of elements; 1 for a scalar.
  public var count: Int { dimensions.reduce(1, *) }

  /// The extent of axis `axis`.
  public subscript(axis: Int) -> Int { dimensions[axis] }

  /// Row-major strides in elements.
  public var strides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    for axis in stride(from: rank - 2, through: 0, by: -1) {
      strides[axis] = strides[axis + 1] * dimensions[axis + 1]
    }
    return strides
  }

  /// The shape as a reader writes it: `32x3x28x28`, `scalar` without axes.
  public var description: String {
    dimensions.isEmpty ? "scalar" : dimensions.map(String.init).joined(separator: "x")
  }

  /// Why no tensor can have this shape, nil if one can: an extent is not positive, or there are 2^48
  /// elements or more.
  var fault: String? {
    guard dimensions.allSatisfy({ $0 > 0 }) else {
      return "is \(self): every extent must be at least 1"
    }
    var count = 1
    for extent in dimensions {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow, product < 1 << 48 else { return "is \(self): too many elements" }
      count = product
    }
    return nil
  }

  /// The common shape of `self` and `other` by NumPy's broadcasting rule, nil if there is none.
  public func broadcast(with other: Shape) -> Shape? {
    let rank = max(self.rank, other.rank)
    var result: [Int] = []
    for axis in 0..<rank {
      let mine = axis < rank - self.rank ? 1 : self[axis - (rank - self.rank)]
      let theirs = axis < rank - other.rank ? 1 : other[axis - (rank - other.rank)]
      guard mine == theirs || mine == 1 || theirs == 1 else { return nil }
      result.append(mine == 1 ? theirs : mine)
    }
    return Shape(result)
  }
}

/// The type of a tensor's elements.
public enum ElementType: String, Hashable, Sendable {
  case float32
  /// Class labels, token ids and random-number keys.
  case int32

  /// Bytes of one element.
  public var byteCount: Int { 4 }
}

/// Shape and element type of a tensor.
public struct TensorType: Hashable, Sendable, CustomStringConvertible {
  /// The extents.
  public let shape: Shape
  /// The element type.
  public let element: ElementType

  /// A tensor type; float32 unless said otherwise.
  public init(_ shape: Shape, _ element: ElementType = .float32) {
    self.shape = shape
    self.element = element
  }

  /// Bytes of the tensor in row-major layout without padding.
  public var byteCount: Int { shape.count * element.byteCount }

  /// For example `float32 32x10`.
  public var description: String { "\(element.rawValue) \(shape)" }
}
