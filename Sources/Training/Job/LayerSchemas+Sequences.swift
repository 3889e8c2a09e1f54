import Layers
import Yams

// Layers over sequences N x steps x width.

extension SelfAttention {
  static var schema: Schema<SelfAttention> {
    Schema(
      "selfAttention", SelfAttention(heads: 1),
      [
        .required("heads", \.heads, .positive),
        .optional("causal", \.isCausal, .flag),
        .optional("dropout", \.dropout, .number(.fraction)),
        .optional("useBias", \.useBias, .flag),
        .optional("kernelInitializer", \.kernelInitializer, .initializer),
      ])
  }
}

extension TransformerBlock {
  static func schema(_ name: String, isCausal: Bool) -> Schema<TransformerBlock> {
    Schema(
      name, TransformerBlock(heads: 1, isCausal: isCausal),
      [
        .required("heads", \.heads, .positive),
        .optional("hidden", \.hidden, .positive, or: "auto"),
        .optional("activation", \.activation, .activation),
        .optional("dropout", \.dropout, .number(.fraction)),
        .optional("normFirst", \.normalizesFirst, .flag),
        .optional("kernelInitializer", \.kernelInitializer, .initializer),
        .optional("epsilon", \.epsilon, .number(.positive)),
      ])
  }
}

extension PositionEmbedding {
  static var schema: Schema<PositionEmbedding> {
    Schema(
      "positionEmbedding", PositionEmbedding(),
      [.optional("initializer", \.initializer, .initializer)])
  }
}

extension SequencePool {
  static var schema: Schema<SequencePool> {
    Schema("sequencePool", SequencePool(), [.optional("kind", \.kind, .word)])
  }
}

extension Codec<Int> {
  /// A token id.
  static var token: Codec { integer("a token id, an integer from 0") { $0 >= 0 } }
}
