import Layers
import Yams

extension Codec<Extent2D> {
  /// A number for a square, or `[height, width]`.
  static var extent: Codec {
    let expectation = "a positive integer or a list [height, width]"
    return Codec(
      expectation: expectation,
      decode: { node throws(JobError) in
        switch node.content {
        case .scalar:
          guard let side = try? Codec<Int>.positive.decode(node) else {
            throw node.mismatch(expectation)
          }
          return Extent2D(side, side)
        case .list(let elements) where elements.count == 2:
          let sides = try Codec<Int>.positive.list.decode(node)
          return Extent2D(sides[0], sides[1])
        default: throw node.mismatch(expectation)
        }
      },
      encode: { extent in
        extent.height == extent.width
          ? Node(String(extent.height)) : Codec<Int>.positive.list.encode(extent.dimensions)
      })
  }
}

extension Codec<Padding> {
  /// `valid`, `same`, or rows and columns: `[all]`, `[vertical, horizontal]` or
  /// `[top, bottom, left, right]`.
  static var padding: Codec {
    let expectation =
      "valid, same or a list [all], [vertical, horizontal] or [top, bottom, left, right]"
    let sides = Codec<Int>.integer("an integer that is not negative") { $0 >= 0 }.list
    return Codec(
      expectation: expectation,
      decode: { node throws(JobError) in
        switch node.content {
        case .scalar("valid", _): return .valid
        case .scalar("same", _): return .same
        case .list(let elements) where [1, 2, 4].contains(elements.count):
          let sides = try sides.decode(node)
          switch sides.count {
          case 1: return .explicit(sides[0])
          case 2:
            return .explicit(top: sides[0], bottom: sides[0], left: sides[1], right: sides[1])
          default:
            return .explicit(top: sides[0], bottom: sides[1], left: sides[2], right: sides[3])
          }
        default: throw node.mismatch(expectation)
        }
      },
      encode: { padding in
        switch padding {
        case .valid: Node("valid")
        case .same: Node("same")
        case .explicit(let top, let bottom, let left, let right):
          sides.encode([top, bottom, left, right])
        }
      })
  }
}
