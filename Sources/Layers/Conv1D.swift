public import Graph

/// A one-dimensional convolution (cross-correlation) of N x C x L.
///
/// Parameters, in PyTorch's layout: `weight` filters x C/groups x kernel, `bias` filters.
public struct Conv1D: Layer {
  /// The number of output channels.
  public var filters: Int
  /// Extent of the window.
  public var kernel: Int
  /// Step between windows.
  public var strides: Int
  /// What surrounds the input.
  public var padding: Padding1D
  /// Distance between the elements of a window; 1 is dense.
  public var dilation: Int
  /// Parts into which channels and filters are cut; part i of the filters sees part i of the channels.
  public var groups: Int
  /// What is applied to the result.
  public var activation: Activation
  /// Whether a bias is added to each filter's line.
  public var useBias: Bool
  /// How the weight starts.
  public var kernelInitializer: Initializer
  /// How the bias starts; `fanUniform(fan: 0)` takes the layer's own number of inputs.
  public var biasInitializer: Initializer

  /// A convolution with `filters` windows of `kernel`; initialisers default to Keras's.
  public init(
    filters: Int, kernel: Int, strides: Int = 1, padding: Padding1D = .valid, dilation: Int = 1,
    groups: Int = 1, activation: Activation = .linear, useBias: Bool = true,
    kernelInitializer: Initializer = .glorotUniform, biasInitializer: Initializer = .zeros
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
  public var name: String { "conv1d" }

  /// N x C x L -> N x filters x L'.
  public func callAsFunction(
    _ x: Tensor, _ context: inout BuildContext
  ) throws(GraphError) -> Tensor {
    guard x.shape.rank == 3 else {
      throw error("needs an input N x C x L, is \(x.shape)", in: x.graph)
    }
    try expectPositive("filters", filters, in: x.graph)
    try expectPositive("groups", groups, in: x.graph)
    guard x.shape[1] % groups == 0, filters % groups == 0 else {
      throw error(
        "\(x.shape[1]) channels of \(x.shape) and \(filters) filters are not divisible by \(groups) groups",
        in: x.graph)
    }
    let window = padding.window(
      size: kernel, stride: strides, dilation: dilation, extent: x.shape[2])
    let weight = try x.graph.parameter(
      "weight", [filters, x.shape[1] / groups, kernel], kernelInitializer)
    var y = try x.convolved(with: weight, window, groups: groups)
    if useBias {
      let bias = try x.graph.parameter(
        "bias", [filters], biasInitializer.resolvingFan(weight.shape))
      y = try y.addingBias(bias, axis: 1)
    }
    return try activation(y)
  }
}

/// How the ends of a line are treated by a convolution.
public enum Padding1D: Hashable, Sendable {
  /// No padding: a window lies wholly inside its input.
  case valid
  /// As much as makes the output ceil(input / stride), by TensorFlow's rule.
  case same
  /// As much before the first element as makes output i depend on inputs up to i alone.
  case causal
  /// So many elements at each end.
  case explicit(before: Int, after: Int)

  /// The window over a line of `extent`, with its padding counted out.
  func window(size: Int, stride: Int, dilation: Int, extent: Int) -> Window {
    var window = Window(size: [size], strides: [stride], dilation: [dilation])
    switch self {
    case .valid: break
    case .same:
      let plane = Padding.same.window(
        size: Extent2D(1, size), strides: Extent2D(1, stride), dilation: Extent2D(1, dilation),
        height: 1, width: extent)
      window.paddingBefore = [plane.paddingBefore[1]]
      window.paddingAfter = [plane.paddingAfter[1]]
    case .causal: window.paddingBefore = [window.reach(axis: 0) - 1]
    case .explicit(let before, let after):
      window.paddingBefore = [before]
      window.paddingAfter = [after]
    }
    return window
  }
}
