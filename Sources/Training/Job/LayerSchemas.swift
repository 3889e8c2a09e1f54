import Graph
import Layers
import Yams

// The keys of each layer in a job file, with the names of its properties.

extension Dense {
  static var schema: Schema<Dense> {
    Schema(
      "dense", Dense(units: 1),
      [
        .required("units", \.units, .positive),
        .optional("activation", \.activation, .activation),
        .optional("useBias", \.useBias, .flag),
        .optional("kernelInitializer", \.kernelInitializer, .initializer),
        .optional("biasInitializer", \.biasInitializer, .initializer),
        .optional(
          "sharedWeight", \.sharedWeight, .text("the path of a parameter"), or: "none"),
      ])
  }
}

extension Conv2D {
  static var schema: Schema<Conv2D> {
    Schema(
      "conv2d", Conv2D(filters: 1, kernel: 1),
      [
        .required("filters", \.filters, .positive),
        .required("kernel", \.kernel, .extent),
        .optional("strides", \.strides, .extent),
        .optional("padding", \.padding, .padding),
        .optional("dilation", \.dilation, .extent),
        .optional("groups", \.groups, .positive),
        .optional("activation", \.activation, .activation),
        .optional("useBias", \.useBias, .flag),
        .optional("kernelInitializer", \.kernelInitializer, .initializer),
        .optional("biasInitializer", \.biasInitializer, .initializer),
      ])
  }
}

extension MaxPool2D {
  static var schema: Schema<MaxPool2D> {
    Schema(
      "maxPool2d", MaxPool2D(),
      [
        .optional("size", \.size, .extent),
        .optional("strides", \.strides, .extent, or: "size"),
        .optional("padding", \.padding, .padding),
      ])
  }
}

extension AveragePool2D {
  static var schema: Schema<AveragePool2D> {
    Schema(
      "averagePool2d", AveragePool2D(),
      [
        .optional("size", \.size, .extent),
        .optional("strides", \.strides, .extent, or: "size"),
        .optional("padding", \.padding, .padding),
      ])
  }
}

extension Reshape {
  static var schema: Schema<Reshape> {
    let extent = Codec<Int>.integer("a positive integer, or -1 for what is left") {
      $0 > 0 || $0 == -1
    }
    return Schema("reshape", Reshape(shape: []), [.required("shape", \.shape, extent.list)])
  }
}

extension Dropout {
  static var schema: Schema<Dropout> {
    Schema("dropout", Dropout(rate: 0.5), [.required("rate", \.rate, .number(.fraction))])
  }
}

extension BatchNorm {
  static var schema: Schema<BatchNorm> {
    Schema(
      "batchNorm", BatchNorm(),
      [
        .optional("momentum", \.momentum, .number(.unit)),
        .optional("epsilon", \.epsilon, .number(.positive)),
        .optional("synchronized", \.isSynchronized, .flag),
      ])
  }
}

struct LeakyReluSettings {
  var slope: Float = 0.01

  static var schema: Schema<Self> {
    Schema("leakyRelu", Self(), [.optional("slope", \.slope, .number())])
  }
}

struct EluSettings {
  var alpha: Float = 1

  static var schema: Schema<Self> {
    Schema("elu", Self(), [.optional("alpha", \.alpha, .number(.positive))])
  }
}
