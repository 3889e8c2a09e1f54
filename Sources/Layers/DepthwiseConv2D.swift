public import Graph

/// A convolution of each channel by itself: the one of ``Conv2D`` with as many groups as channels.
///
/// Parameters, in PyTorch's layout: `weight` C*multiplier x 1 x kernel, `bias` C*multiplier.
public struct DepthwiseConv2D: Layer {
  /// Output channels of each input channel.
  public var multiplier: Int
  /// All else; its filters and groups follow from the input.
  public var convolution: Conv2D

  /// A convolution of each channel with `multiplier` windows of `kernel`.
  public init(
    kernel: Extent2D, multiplier: Int = 1, strides: Extent2D = 1, padding: Padding = .valid,
    dilation: Extent2D = 1, activation: Activation = .linear, useBias: Bool = true,
    kernelInitializer: Initializer = .glorotUniform, biasInitializer: Initializer = .zeros
  ) {
    self.multiplier = multiplier
    convolution = Conv2D(
      filters: 1, kernel: kernel, strides: strides, padding: padding, dilation: dilation,
      activation: activation, useBias: useBias, kernelInitializer: kernelInitializer,
      biasInitializer: biasInitializer)
  }

  /// The name in job files.
  public var name: String { "depthwiseConv2d" }

  /// N x C x H x W -> N x C*multiplier x H' x W'.
  public func callAsFunction(
    _ x: Tensor, _ context: inout BuildContext
  ) throws(GraphError) -> Tensor {
    try expectImages(x)
    try expectPositive("multiplier", multiplier, in: x.graph)
    var convolution = convolution
    convolution.groups = x.shape[1]
    convolution.filters = x.shape[1] * multiplier
    return try convolution(x, &context)
  }
}
