import Graph
import Layers
import Yams

extension Conv1D {
  static var schema: Schema<Conv1D> {
    Schema(
      "conv1d", Conv1D(filters: 1, kernel: 1),
      [
        .required("filters", \.filters, .positive),
        .required("kernel", \.kernel, .positive),
        .optional("strides", \.strides, .positive),
        .optional("padding", \.padding, .padding1D),
        .optional("dilation", \.dilation, .positive),
        .optional("groups", \.groups, .positive),
        .optional("activation", \.activation, .activation),
        .optional("useBias", \.useBias, .flag),
        .optional("kernelInitializer", \.kernelInitializer, .initializer),
        .optional("biasInitializer", \.biasInitializer, .initializer),
      ])
  }
}

extension ConvTranspose2D {
  static var schema: Schema<ConvTranspose2D> {
    Schema(
      "convTranspose2d", ConvTranspose2D(filters: 1, kernel: 1),
      [
        .required("filters", \.filters, .positive),
        .required("kernel", \.kernel, .extent),
        .optional("strides", \.strides, .extent),
        .optional("padding", \.padding, .padding),
        .optional("extra", \.extra, .extentOrZero),
        .optional("dilation", \.dilation, .extent),
        .optional("groups", \.groups, .positive),
        .optional("activation", \.activation, .activation),
        .optional("useBias", \.useBias, .flag),
        .optional("kernelInitializer", \.kernelInitializer, .initializer),
        .optional("biasInitializer", \.biasInitializer, .initializer),
      ])
  }
}

extension DepthwiseConv2D {
  static var schema: Schema<DepthwiseConv2D> {
    Schema(
      "depthwiseConv2d", DepthwiseConv2D(kernel: 1),
      [
        .required("kernel", \.convolution.kernel, .extent),
        .optional("multiplier", \.multiplier, .positive),
        .optional("strides", \.convolution.strides, .extent),
        .optional("padding", \.convolution.padding, .padding),
        .optional("dilation", \.convolution.dilation, .extent),
        .optional("activation", \.convolution.activation, .activation),
        .optional("useBias", \.convolution.useBias, .flag),
        .optional("kernelInitializer", \.convolution.kernelInitializer, .initializer),
        .optional("biasInitializer", \.convolution.biasInitializer, .initializer),
      ])
  }
}

extension Upsample2D {
  static var schema: Schema<Upsample2D> {
    Schema("upsample2d", Upsample2D(), [.optional("factor", \.factor, .extent)])
  }
}

extension ZeroPad2D {
  static var schema: Schema<ZeroPad2D> {
    let rows = Codec<Int>.integer("an integer that is not negative") { $0 >= 0 }
    return Schema(
      "zeroPad2d", ZeroPad2D(top: 0, bottom: 0, left: 0, right: 0),
      [
        .optional("top", \.top, rows), .optional("bottom", \.bottom, rows),
        .optional("left", \.left, rows), .optional("right", \.right, rows),
      ])
  }
}

extension Slice {
  static var schema: Schema<Layers.Slice> {
    Schema(
      "slice", Layers.Slice(),
      [
        .optional("axis", \.axis, .positive),
        .optional("start", \.start, .integer("an integer that is not negative") { $0 >= 0 }),
        .optional("count", \.count, .positive, or: "all"),
      ])
  }
}

extension Gather {
  static var schema: Schema<Gather> {
    let index = Codec<Int>.integer("an integer that is not negative") { $0 >= 0 }
    return Schema(
      "gather", Gather(indices: []),
      [
        .optional("axis", \.axis, .positive),
        .required("indices", \.indices, index.list),
      ])
  }
}

extension Embedding {
  static var schema: Schema<Embedding> {
    Schema(
      "embedding", Embedding(tokens: 1, units: 1),
      [
        .required("tokens", \.tokens, .positive),
        .required("units", \.units, .positive),
        .optional("padding", \.padding, .token, or: "none"),
        .optional("initializer", \.initializer, .initializer),
      ])
  }
}

extension GroupNorm {
  static var schema: Schema<GroupNorm> {
    Schema(
      "groupNorm", GroupNorm(groups: 1),
      [
        .required("groups", \.groups, .positive),
        .optional("epsilon", \.epsilon, .number(.positive)),
      ])
  }
}

extension Codec<Padding1D> {
  /// `valid`, `same`, `causal`, or elements: `[both]` or `[before, after]`.
  static var padding1D: Codec {
    let expectation = "valid, same, causal or a list [both] or [before, after]"
    let sides = Codec<Int>.integer("an integer that is not negative") { $0 >= 0 }.list
    return Codec(
      expectation: expectation,
      decode: { node throws(JobError) in
        switch node.content {
        case .scalar("valid", _): return .valid
        case .scalar("same", _): return .same
        case .scalar("causal", _): return .causal
        case .list(let elements) where elements.count == 1 || elements.count == 2:
          let sides = try sides.decode(node)
          return .explicit(before: sides[0], after: sides[sides.count - 1])
        default: throw node.mismatch(expectation)
        }
      },
      encode: { padding in
        switch padding {
        case .valid: Node("valid")
        case .same: Node("same")
        case .causal: Node("causal")
        case .explicit(let before, let after): sides.encode([before, after])
        }
      })
  }
}

extension Codec<Extent2D> {
  /// As ``extent``, but zeros are allowed.
  fileprivate static var extentOrZero: Codec {
    let side = Codec<Int>.integer("an integer that is not negative") { $0 >= 0 }
    return Codec(
      expectation: "an integer that is not negative, or a list of two",
      decode: { node throws(JobError) in
        guard case .list(let elements) = node.content, elements.count == 2 else {
          let both = try side.decode(node)
          return Extent2D(both, both)
        }
        return Extent2D(try side.decode(elements[0]), try side.decode(elements[1]))
      },
      encode: { $0.height == $0.width ? side.encode($0.height) : side.list.encode($0.dimensions) })
  }
}
