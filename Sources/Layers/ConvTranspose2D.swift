public import Graph

/// A transposed two-dimensional convolution of N x C x H x W (PyTorch's `ConvTranspose2d`): the adjoint
/// of the convolution that would make H x W of its result.
///
/// Extents: H' = (H - 1) * stride + reach - padding + extra. Parameters, in PyTorch's layout: `weight`
/// C x filters/groups x kernel, `bias` filters.
public struct ConvTranspose2D: Layer {
  /// The number of output channels.
  public var filters: Int
  /// Extent of the window.
  public var kernel: Extent2D
  /// Step between windows, by which the result grows.
  public var strides: Extent2D
  /// What is cut off the result; `same` makes it input * stride.
  public var padding: Padding
  /// Rows and columns added at the end of the result: `output_padding` in PyTorch.
  public var extra: Extent2D
  /// Distance between the elements of a window; 1 is dense.
  public var dilation: Extent2D
  /// Parts into which channels and filters are cut.
  public var groups: Int
  /// What is applied to the result.
  public var activation: Activation
  /// Whether a bias is added to each filter's plane.
  public var useBias: Bool
  /// How the weight starts.
  public var kernelInitializer: Initializer
  /// How the bias starts; `fanUniform(fan: 0)` takes the layer's own number of inputs.
  public var biasInitializer: Initializer

  /// A transposed convolution with `filters` windows of `kernel`; initialisers default to Keras's.
  public init(
    filters: Int, kernel: Extent2D, strides: Extent2D = 1, padding: Padding = .valid,
    extra: Extent2D = 0, dilation: Extent2D = 1, groups: Int = 1, activation: Activation = .linear,
    useBias: Bool = true, kernelInitializer: Initializer = .glorotUniform,
    biasInitializer: Initializer = .zeros
  ) {
    self.filters = filters
    self.kernel = kernel
    self.strides = strides
    self.padding = padding
    self.extra = extra
    self.dilation = dilation
    self.groups = groups
    self.activation = activation
    self.useBias = useBias
    self.kernelInitializer = kernelInitializer
    self.biasInitializer = biasInitializer
  }

  /// The name in job files.
  public var name: String { "convTranspose2d" }

  /// N x C x H x W -> N x filters x H' x W'.
  public func callAsFunction(
    _ x: Tensor, _ context: inout BuildContext
  ) throws(GraphError) -> Tensor {
    try expectImages(x)
    try expectPositive("filters", filters, in: x.graph)
    try expectPositive("groups", groups, in: x.graph)
    guard x.shape[1] % groups == 0, filters % groups == 0 else {
      throw error(
        "\(x.shape[1]) channels of \(x.shape) and \(filters) filters are not divisible by \(groups) groups",
        in: x.graph)
    }
    let (window, result) = try geometry(x)
    let weight = try x.graph.parameter(
      "weight", [x.shape[1], filters / groups, kernel.height, kernel.width], kernelInitializer)
    var y = try x.convolvedTransposed(with: weight, window, groups: groups, to: result)
    if useBias {
      let bias = try x.graph.parameter(
        "bias", [filters], biasInitializer.resolvingFan(weight.shape))
      y = try y.addingBias(bias, axis: 1)
    }
    return try activation(y)
  }

  /// The window of the convolution whose adjoint this is, and the shape that it reads.
  private func geometry(_ x: Tensor) throws(GraphError) -> (window: Window, result: Shape) {
    let grown = [x.shape[2] * strides.height, x.shape[3] * strides.width]
    let window = padding.window(
      size: kernel, strides: strides, dilation: dilation, height: grown[0], width: grown[1])
    var extents: [Int] = []
    for axis in 0..<2 {
      guard extra.dimensions[axis] < max(window.strides[axis], window.dilation[axis]) else {
        throw error("extra must be smaller than the stride or the dilation", in: x.graph)
      }
      if padding == .same, window.reach(axis: axis) < window.strides[axis] {
        throw error("padding same needs a window that is not smaller than the stride", in: x.graph)
      }
      let extent =
        (x.shape[axis + 2] - 1) * window.strides[axis] + window.reach(axis: axis)
        - window.paddingBefore[axis] - window.paddingAfter[axis] + extra.dimensions[axis]
      guard extent > 0 else {
        throw error("its padding leaves nothing of the result of \(x.shape)", in: x.graph)
      }
      extents.append(extent)
    }
    return (window, Shape([x.shape[0], filters] + extents))
  }
}
