import Foundation

/// The discrete Fourier transform of two to the `bits` numbers (Cooley and Tukey 1965, radix 2).
struct FourierTransform {
  let bits: Int
  private let cosines: [Double]
  private let sines: [Double]

  init(bits: Int) {
    self.bits = bits
    let count = 1 << bits
    cosines = (0..<count / 2).map { cos(2 * Double.pi * Double($0) / Double(count)) }
    sines = (0..<count / 2).map { sin(2 * Double.pi * Double($0) / Double(count)) }
  }

  /// The cyclic convolution of `values` with itself, `exponent` times.
  func power(_ values: [Double], _ exponent: Int) -> [Double] {
    var (real, imaginary) = (values, [Double](repeating: 0, count: values.count))
    transform(&real, &imaginary, sign: -1)
    for index in real.indices {
      let radius = (real[index] * real[index] + imaginary[index] * imaginary[index]).squareRoot()
      let angle = atan2(imaginary[index], real[index]) * Double(exponent)
      let power = pow(radius, Double(exponent))
      (real[index], imaginary[index]) = (power * cos(angle), power * sin(angle))
    }
    transform(&real, &imaginary, sign: 1)
    let scale = 1 / Double(values.count)
    return real.map { max(0, $0 * scale) }
  }

  private func transform(_ real: inout [Double], _ imaginary: inout [Double], sign: Double) {
    let count = 1 << bits
    for index in 0..<count {
      let mirror = Int((UInt64(index).byteSwapped.bitsReversedInBytes) >> UInt64(64 - bits))
      if mirror > index {
        real.swapAt(index, mirror)
        imaginary.swapAt(index, mirror)
      }
    }
    real.withUnsafeMutableBufferPointer { real in
      imaginary.withUnsafeMutableBufferPointer { imaginary in
        var half = 1
        while half < count {
          let stride = count / (2 * half)
          for start in Swift.stride(from: 0, to: count, by: 2 * half) {
            for offset in 0..<half {
              let (c, s) = (cosines[offset * stride], sign * sines[offset * stride])
              let (a, b) = (start + offset, start + offset + half)
              let (x, y) = (real[b] * c - imaginary[b] * s, real[b] * s + imaginary[b] * c)
              (real[b], imaginary[b]) = (real[a] - x, imaginary[a] - y)
              (real[a], imaginary[a]) = (real[a] + x, imaginary[a] + y)
            }
          }
          half *= 2
        }
      }
    }
  }
}

extension UInt64 {
  /// Each byte with its bits in reverse order.
  fileprivate var bitsReversedInBytes: UInt64 {
    var x = self
    x = (x & 0x5555_5555_5555_5555) << 1 | (x >> 1) & 0x5555_5555_5555_5555
    x = (x & 0x3333_3333_3333_3333) << 2 | (x >> 2) & 0x3333_3333_3333_3333
    return (x & 0x0F0F_0F0F_0F0F_0F0F) << 4 | (x >> 4) & 0x0F0F_0F0F_0F0F_0F0F
  }
}
