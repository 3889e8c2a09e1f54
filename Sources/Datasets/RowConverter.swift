import CKernels
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
    case .int8: convert(row, output, ck_convert_i8)
    case .int16: convert(row, output, ck_convert_i16)
    case .int32: convert(row, output, ck_convert_i32)
    case .int64: convert(row, output, ck_convert_i64)
    case .uint8: convert(row, output, ck_convert_u8)
    case .uint16: convert(row, output, ck_convert_u16)
    case .uint32: convert(row, output, ck_convert_u32)
    case .uint64: convert(row, output, ck_convert_u64)
    case .float32: convert(row, output, ck_convert_f32)
    case .float64: convert(row, output, ck_convert_f64)
    }
  }

  @inline(__always)
  private func convert<Element>(
    _ row: UnsafeRawPointer, _ output: UnsafeMutablePointer<Float>,
    _ loop: (UnsafePointer<Element>, UnsafeMutablePointer<Float>, Int, Float, Float) -> Int32
  ) -> Bool {
    let input = row.assumingMemoryBound(to: Element.self)
    var isFinite = true
    for channel in mean.indices {
      let start = channel * channelSize
      let finite = loop(
        input + start, output + start, channelSize, mean[channel], deviation[channel])
      isFinite = isFinite && finite != 0
    }
    return isFinite
  }
}
