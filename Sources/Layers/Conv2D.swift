public import Graph

/// A two-dimensional convolution (cross-correlation) of N x C x H x W.
///
/// Parameters, in PyTorch's layout: `weight` filters x C/groups x kernel, `bias` filters.
public struct Conv2D: Layer {
  /// The number of output channels.
  public var filters: Int
  /// Extent of the window.
  public var kernel: Extent2D
  /// Step between windows.
  public var strides: Extent2D
  /// What surrounds the input.
  public var padding: Padding
  /// Distance between the elements of a window; 1 is dense.
  public var dilation: Extent2D
  /// Parts into which channels and filters are cut; part i of the filters sees part i of the channels.
  public var groups: Int
  /// What is applied to the result.
  public var activation: Activation
  /// Whether a bias is added to each filter's plane.
  public var useBias: Bool
  /// How the weight starts.
  public var kernelInitializer: Initializer
  /// How the bias starts; `fanUniform(fan: 0)` takes the layer's own number of inputs.
  public var biasInitializer: Initializer

  /// A convolution with `filters` windows of `kernel`; initialisers default to Keras's.
  public init(
    filters: Int, kernel: Extent2D, strides: Extent2D = 1, padding: Padding = .valid,
    dilation: Extent2D = 1, groups: Int = 1, activation: Activation = .linear,
    useBias: Bool = true, kernelInitializer: Initializer = .glorotUniform,
    biasInitializer: Initializer = .zeros
  ) {
    self.filters = filters
    self.kernel = kernel
    self.strides = strides
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
    self.activation = activation
    self.useBias = useBias
    self.kernelInitializer = kernelInitializer
    self.biasInitializer = biasInitializer
  }

  /// The name in job files.
  public var name: String { "conv2d" }

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
    let window = padding.window(
      size: kernel, strides: strides, dilation: dilation, height: x.shape[2], width: x.shape[3])
    let weight = try x.graph.parameter(
      "weight", [filters, x.shape[1] / groups, kernel.height, kernel.width], kernelInitializer)
    var y = try x.convolved(with: weight, window, groups: groups)
    if useBias {
      let bias = try x.graph.parameter(
        "bias", [filters], biasInitializer.resolvingFan(weight.shape))
      y = try y.addingBias(bias, axis: 1)
    }
    return try activation(y)
  }
}
