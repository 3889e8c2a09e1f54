import HDF5

/// Turns the stored features of one sample into normalised `Float`s.
struct RowConverter: Sendable {
  let type: ScalarType
  private let channelSize: Int
  private let mean: [Float]
  private let deviation: [Float]

  /// Prepares conversion of samples of `shape`; `normalization` must fit it.
  init(from type: ScalarType, shape: [Int], normalization: Normalization?) {
    self.type = type
    mean = normalization?.mean ?? [0]
    deviation = normalization?.deviation ?? [1]
    channelSize = shape.reduce(1, *) / mean.count
  }

  /// Converts one sample; returns whether every result is finite.
  func convert(_ row: UnsafeRawPointer, into output: UnsafeMutablePointer<Float>) -> Bool {
    switch type {
    case .int8: convert(Int8.self, row, output)
    case .int16: convert(Int16.self, row, output)
    case .int32: convert(Int32.self, row, output)
    case .int64: convert(Int64.self, row, output)
    case .uint8: convert(UInt8.self, row, output)
    case .uint16: convert(UInt16.self, row, output)
    case .uint32: convert(UInt32.self, row, output)
    case .uint64: convert(UInt64.self, row, output)
    case .float32: convert(Float.self, row, output)
    case .float64: convert(Double.self, row, output)
    }
  }

  @inline(__always)
  private func convert<Element: StoredFeature>(
    _: Element.Type, _ row: UnsafeRawPointer, _ output: UnsafeMutablePointer<Float>
  ) -> Bool {
    let input = row.assumingMemoryBound(to: Element.self)
    // A value is NaN or infinite exactly when all bits of its exponent are set. Collected with
    // integer operations, which the compiler vectorises where it must not reorder a Float sum.
    var special: UInt32 = 0
    for channel in mean.indices {
      let (mean, deviation) = (mean[channel], deviation[channel])
      let start = channel * channelSize
      for index in start..<(start + channelSize) {
        let value = (input[index].float - mean) / deviation
        output[index] = value
        special |= value.bitPattern & 0x7F80_0000 == 0x7F80_0000 ? 1 : 0
      }
    }
    return special == 0
  }
}

/// A stored number and its nearest `Float`. `Float.init` for any `BinaryInteger` is not the same:
/// it is generic code that does not become one instruction.
private protocol StoredFeature {
  var float: Float { get }
}

extension Int8: StoredFeature { fileprivate var float: Float { Float(self) } }
extension Int16: StoredFeature { fileprivate var float: Float { Float(self) } }
extension Int32: StoredFeature { fileprivate var float: Float { Float(self) } }
extension Int64: StoredFeature { fileprivate var float: Float { Float(self) } }
extension UInt8: StoredFeature { fileprivate var float: Float { Float(self) } }
extension UInt16: StoredFeature { fileprivate var float: Float { Float(self) } }
extension UInt32: StoredFeature { fileprivate var float: Float { Float(self) } }
extension UInt64: StoredFeature { fileprivate var float: Float { Float(self) } }
extension Float: StoredFeature { fileprivate var float: Float { self } }
extension Double: StoredFeature { fileprivate var float: Float { Float(self) } }
