import Layers
import Yams

/// The layers of the job file: one line a layer. Their keys are in `LayerSchemas.swift`.
private var layerKinds: [Kind<any Layer>] {
  [
    .layer(Dense.schema),
    .layer(Conv2D.schema),
    .layer(MaxPool2D.schema),
    .layer(AveragePool2D.schema),
    .layer(Schema("globalAveragePool2d", GlobalAveragePool2D(), [])),
    .layer(Schema("globalMaxPool2d", GlobalMaxPool2D(), [])),
    .layer(Schema("flatten", Flatten(), [])),
    .layer(Reshape.schema),
    .layer(Dropout.schema),
    .layer(BatchNorm.schema),
    .layer(Conv1D.schema),
    .layer(ConvTranspose2D.schema),
    .layer(DepthwiseConv2D.schema),
    .layer(Upsample2D.schema),
    .layer(ZeroPad2D.schema),
    .layer(Slice.schema),
    .layer(Gather.schema),
    .layer(Embedding.schema),
    .recurrent(.rnn), .recurrent(.lstm), .recurrent(.gru),
    .layer(Schema("masking", Masking(), [.optional("value", \.value, .number())])),
    .layer(Schema("layerNorm", LayerNorm(), [.optional("epsilon", \.epsilon, .number(.positive))])),
    .layer(Schema("rmsNorm", RMSNorm(), [.optional("epsilon", \.epsilon, .number(.positive))])),
    .layer(GroupNorm.schema),
    .layer(SelfAttention.schema),
    .layer(TransformerBlock.schema("transformerEncoder", isCausal: false)),
    .layer(TransformerBlock.schema("transformerDecoder", isCausal: true)),
    .layer(PositionEmbedding.schema),
    .layer(Schema("sinusoidalPosition", PositionEmbedding(isSinusoidal: true), [])),
    .layer(SequencePool.schema),
    Kind("residual", .residual, wrap: { $0 }, unwrap: { $0 as? Residual }),
    .layer(Parallel.schema),
    Kind("sequential", .layers, wrap: { $0 }, unwrap: { $0 as? Sequential }),
  ] + activationKinds.map { $0.map({ $0 }, { $0 as? Activation }) }
}

/// The activations, as layers and under the key `activation`.
private var activationKinds: [Kind<Activation>] {
  [
    Kind("linear", .linear),
    Kind("relu", .relu),
    Kind(
      "leakyRelu", LeakyReluSettings.schema.codec, wrap: { .leakyRelu(slope: $0.slope) },
      unwrap: {
        guard case .leakyRelu(let slope) = $0 else { return nil }
        return LeakyReluSettings(slope: slope)
      }),
    Kind(
      "elu", EluSettings.schema.codec, wrap: { .elu(alpha: $0.alpha) },
      unwrap: {
        guard case .elu(let alpha) = $0 else { return nil }
        return EluSettings(alpha: alpha)
      }),
    Kind("gelu", .gelu),
    Kind("geluTanh", .geluTanh),
    Kind("tanh", .tanh),
    Kind("sigmoid", .sigmoid),
    Kind("softplus", .softplus),
    Kind("swish", .swish),
    Kind("softmax", .softmax),
    Kind("logSoftmax", .logSoftmax),
  ]
}

extension Kind<any Layer> {
  fileprivate static func layer<L: Layer>(_ schema: Schema<L>) -> Kind {
    Kind(
      schema.name, schema.codec, wrap: { $0 },
      unwrap: { $0.name == schema.name ? $0 as? L : nil })
  }
}

extension Codec<any Layer> {
  /// A layer: its name, or its name with settings.
  static var layer: Codec { .one(of: { layerKinds + ModuleRegistry.kinds }, "layer") }

  /// The names of the layers above.
  static var builtInNames: [String] { layerKinds.map(\.name) }
}

extension Codec<Sequential> {
  /// The list of a model's layers, one a line.
  static var layers: Codec {
    Codec(
      expectation: "a list of layers",
      decode: { node throws(JobError) in
        guard case .list(let elements) = node.content, !elements.isEmpty else {
          throw node.mismatch("a list of layers")
        }
        var layers: [any Layer] = []
        for element in elements { layers.append(try Codec<any Layer>.layer.decode(element)) }
        return Sequential(layers)
      },
      encode: { Node($0.layers.map(Codec<any Layer>.layer.encode)) })
  }
}

extension Codec<Activation> {
  /// An activation: its name, or its name with settings.
  static var activation: Codec { .one(of: { activationKinds }, "activation") }
}
