import CKernels
import Graph

/// The code of one pass of a convolution.
enum ConvolutionKernel {
  case library(Primitive)
  case winograd(Winograd)

  /// The layout that it wants for an operand.
  func required(_ operand: Operand) throws(EngineError) -> Layout {
    switch self {
    case .library(let primitive): return try primitive.required(operand)
    case .winograd(let kernel):
      guard let layout = kernel.layouts[operand] else {
        throw EngineError("winograd", "has no operand \(operand)")
      }
      return layout
    }
  }
}

/// One pass of a convolution by Winograd's algorithm.
struct Winograd {
  enum Pass {
    /// Reads x, filter and perhaps bias, writes y, in which slope multiplies what is negative.
    case forward(slope: Float)
    /// Reads dy and filter, writes the gradient of x.
    case inputGradient
    /// Reads x and dy, writes the gradient of the filter and perhaps of the bias.
    case filterGradient
  }

  let pass: Pass
  let geometry: ck_winograd
  /// The layouts of its operands, apart from biases.
  let layouts: [Operand: Layout]
}

extension Compiler {
  // Note [Winograd]
  // Winograd's algorithm (Lavin and Gray 2016) computes 4 x 4 results of a 3 x 3 window with 36 products
  // in place of 144, and 2 x 2 of a 5 x 5 window with 36 in place of 100, for some additions before and
  // after. oneDNN has it for 3 x 3 alone, and passes whole batches through memory. Microseconds on one core
  // of an AVX-512 Xeon, for y, the gradient of x, and that of the filter:
  //
  //     window, channels, pixels, batch        oneDNN, plain      oneDNN, Winograd          ours
  //     5 x 5, 32 -> 64, 14 x 14, 10         1117  1070  1265          none             650   690   700
  //     3 x 3, 64 -> 64,   8 x 8, 64         1528  1538  1929      988   982  1071      740   750   750
  //     3 x 3, 32 -> 32, 16 x 16, 64         1645  1687  1741     1297  1305  1450      900   950   900
  //     3 x 3, 16 -> 16, 32 x 32, 64         2407                 2850                 1750  1850  1470
  //
  // It rounds differently, by some 1e-5 of the largest result instead of 1e-6: enough for training, where
  // gradients of batches are noisier by far, but predictions are what other programs compute. So it is for
  // plans with gradients only.

  /// The fewest tiles that are worth the transforms of the filter.
  private static var fewestTiles: Int { 64 }

  /// The geometry of a convolution that our own loops compute by Winograd's algorithm, nil if they do not:
  /// by its form alone.
  func winograd(
    _ x: Shape, _ filter: Shape, _ y: Shape, _ window: Window, _ groups: Int
  ) -> ck_winograd? {
    guard isTraining, groups == 1, window.size == [3, 3] || window.size == [5, 5],
      window.strides == [1, 1], window.dilation == [1, 1], x[1] % 16 == 0, y[1] % 16 == 0
    else { return nil }
    let side = 7 - window.size[0]
    let tiles = x[0] * ((y[2] + side - 1) / side) * ((y[3] + side - 1) / side)
    guard tiles >= Self.fewestTiles, x[1] > 0, y[1] > 0 else { return nil }
    return ck_winograd(
      samples: x[0], in_channels: x[1], out_channels: y[1], in_height: x[2], in_width: x[3],
      out_height: y[2], out_width: y[3], window: window.size[0],
      padding: (window.paddingBefore[0], window.paddingBefore[1]))
  }

  /// Appends a pass of a convolution.
  ///
  /// - Parameter offsets: Bytes from the start of a buffer to the operand.
  func emit(
    _ kernel: ConvolutionKernel, _ reads: [(Operand, BufferID, Layout)],
    _ writes: [(Operand, BufferID, Layout)], further: [Step.Argument] = [],
    offsets: [Operand: Int] = [:]
  ) throws(EngineError) {
    switch kernel {
    case .library(let primitive):
      try emit(primitive, reads, writes, further: further, offsets: offsets)
    case .winograd(let kernel):
      let starts = (reads + writes).map { (offsets[$0.0] ?? 0) / MemoryLayout<Float>.stride }
      let hasBias = reads.count == 3 || writes.count == 2
      var geometry = kernel.geometry
      emit(
        "winograd", reads: reads.map(\.1), writes: writes.map(\.1),
        scratch: ck_winograd_scratch(&geometry) * MemoryLayout<Float>.stride
      ) { pointers in
        func operand(_ index: Int) -> UnsafeMutablePointer<Float> {
          pointers[index] + starts[index]
        }
        let scratch = pointers[starts.count]
        var geometry = kernel.geometry
        switch kernel.pass {
        case .forward(let slope):
          ck_winograd_convolution(
            operand(hasBias ? 3 : 2), operand(0), operand(1), hasBias ? operand(2) : nil, slope, 0,
            scratch, &geometry)
        case .inputGradient:
          ck_winograd_convolution(operand(2), operand(0), operand(1), nil, 1, 1, scratch, &geometry)
        case .filterGradient:
          ck_winograd_filter_gradient(
            operand(2), hasBias ? operand(3) : nil, operand(0), operand(1), scratch, &geometry)
        }
      }
    }
  }
}

extension Winograd {
  /// y from x, the filter and perhaps a bias, rectified with the slope if there is one.
  static func forward(_ geometry: ck_winograd, slope: Float?) throws(EngineError) -> Winograd {
    Winograd(
      pass: .forward(slope: slope ?? 1), geometry: geometry,
      layouts: [
        .source: try .blockedImages(geometry.input), .weights: try .blockedFilter(geometry.filter),
        .destination: try .blockedImages(geometry.output),
      ])
  }

  /// The gradient of x: a convolution of dy with the filter turned around.
  static func inputGradient(_ forward: ck_winograd) throws(EngineError) -> Winograd {
    let last = forward.window - 1
    let geometry = ck_winograd(
      samples: forward.samples, in_channels: forward.out_channels,
      out_channels: forward.in_channels, in_height: forward.out_height,
      in_width: forward.out_width, out_height: forward.in_height, out_width: forward.in_width,
      window: forward.window, padding: (last - forward.padding.0, last - forward.padding.1))
    return Winograd(
      pass: .inputGradient, geometry: geometry,
      layouts: [
        .destinationGradient: try .blockedImages(forward.output),
        .weights: try .blockedFilter(forward.filter, backward: true),
        .sourceGradient: try .blockedImages(forward.input),
      ])
  }

  /// The gradient of the filter, and of the bias where it is asked for.
  static func filterGradient(_ geometry: ck_winograd) throws(EngineError) -> Winograd {
    Winograd(
      pass: .filterGradient, geometry: geometry,
      layouts: [
        .source: try .blockedImages(geometry.input),
        .destinationGradient: try .blockedImages(geometry.output),
        .weightsGradient: try .blockedFilter(geometry.filter),
      ])
  }
}

extension ck_winograd {
  fileprivate var input: [Int] { [samples, in_channels, in_height, in_width] }
  fileprivate var output: [Int] { [samples, out_channels, out_height, out_width] }
  fileprivate var filter: [Int] { [out_channels, in_channels, window, window] }
}
