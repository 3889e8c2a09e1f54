import CCodecs

/// Decodes PNG and JPEG into planes: channels x height x width bytes.
struct ImageDecoder {
  /// Height, width and channels.
  struct Size: Equatable {
    var height: Int
    var width: Int
    var channels: Int
  }

  /// The most pixels of one image: a few damaged bytes must not ask for all memory there is.
  static let pixelLimit = 1 << 28

  private var interleaved: [UInt8] = []

  /// Reads the header of an image.
  static func size(of file: FileBytes) throws(ImportError) -> Size {
    var image = cc_image()
    let base = file.bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    let status =
      isPNG(file)
      ? cc_png_describe(base, file.bytes.count, &image)
      : cc_jpeg_describe(base, file.bytes.count, &image)
    guard status == CC_DONE else { throw error(file, &image) }
    let (height, width) = (Int(image.height), Int(image.width))
    // Neither format gets more than a few hundred pixels out of a byte.
    guard height > 0, width > 0, height <= pixelLimit / width,
      height * width <= 4096 * file.bytes.count
    else {
      throw ImportError(
        file.path, "", "declares \(width) x \(height) pixels in \(file.bytes.count) bytes")
    }
    return Size(height: height, width: width, channels: Int(image.channels))
  }

  /// Decodes an image into `target`, whose size must be `size`'s; an image of another size is
  /// resized.
  mutating func decode(
    _ file: FileBytes, as size: Size, into target: UnsafeMutableRawBufferPointer
  ) throws(ImportError) {
    let own = try Self.size(of: file)
    let count = own.height * own.width * size.channels
    if interleaved.count < count { interleaved = [UInt8](repeating: 0, count: count) }
    var image = cc_image()
    let base = file.bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    let status =
      Self.isPNG(file)
      ? cc_png_decode(base, file.bytes.count, Int32(size.channels), &interleaved, &image)
      : cc_jpeg_decode(base, file.bytes.count, Int32(size.channels), &interleaved, &image)
    guard status == CC_DONE else { throw Self.error(file, &image) }
    if own.height == size.height, own.width == size.width {
      let pixels = size.height * size.width
      for channel in 0..<size.channels {
        for pixel in 0..<pixels {
          target[channel * pixels + pixel] = interleaved[pixel * size.channels + channel]
        }
      }
    } else {
      resize(from: own, to: size, target)
    }
  }

  /// Means of the area that each new pixel covers when shrinking, linear between pixels when growing
  /// (the triangle filter of Pillow's `BILINEAR`).
  private func resize(from own: Size, to size: Size, _ target: UnsafeMutableRawBufferPointer) {
    let rows = Self.weights(from: own.height, to: size.height)
    let columns = Self.weights(from: own.width, to: size.width)
    for channel in 0..<size.channels {
      for (y, row) in rows.enumerated() {
        for (x, column) in columns.enumerated() {
          var sum = 0.0
          for (dy, wy) in row.weights.enumerated() {
            let start = (row.first + dy) * own.width + column.first
            for (dx, wx) in column.weights.enumerated() {
              sum += wy * wx * Double(interleaved[(start + dx) * size.channels + channel])
            }
          }
          target[(channel * size.height + y) * size.width + x] = UInt8(
            min(255, max(0, sum.rounded())))
        }
      }
    }
  }

  /// Which source pixels each target pixel is made of along one axis.
  private static func weights(from count: Int, to target: Int) -> [(first: Int, weights: [Double])]
  {
    let scale = Double(count) / Double(target)
    let reach = max(1, scale)
    return (0..<target).map { place in
      let centre = (Double(place) + 0.5) * scale
      let first = max(0, Int((centre - reach + 0.5).rounded(.down)))
      let last = max(first + 1, min(count, Int((centre + reach + 0.5).rounded(.down))))
      let raw = (first..<last).map { max(0, 1 - abs((Double($0) + 0.5 - centre) / reach)) }
      let sum = raw.reduce(0, +)
      return (first, raw.map { sum > 0 ? $0 / sum : 1 / Double(raw.count) })
    }
  }

  private static func isPNG(_ file: FileBytes) -> Bool {
    file.bytes.starts(with: [0x89, 0x50, 0x4E, 0x47])
  }

  private static func error(_ file: FileBytes, _ image: inout cc_image) -> ImportError {
    let reason = withUnsafeBytes(of: &image.reason) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    return ImportError(
      file.path, "", "is no image that can be read: \(reason.isEmpty ? "no memory" : reason)")
  }
}
