import Layers
import Yams

// Layers that hold lists of layers.

extension Codec<Residual> {
  /// The list of the branch's layers, or the settings.
  static var residual: Codec {
    let schema = Schema(
      "residual", Residual([]),
      [
        .required("layers", \.layers, .layers),
        .optional("shortcut", \.shortcut, .layersOrNone),
        .optional("activation", \.activation, .activation),
      ])
    return Codec(
      expectation: "a list of layers, or a mapping",
      decode: { node throws(JobError) in
        guard case .list = node.content else { return try schema.decode(node) }
        return Residual(try Codec<Sequential>.layers.decode(node))
      },
      encode: schema.codec.encode)
  }
}

extension Parallel {
  static var schema: Schema<Parallel> {
    Schema(
      "parallel", Parallel([]),
      [
        .required("branches", \.branches, Codec<Sequential>.layers.list),
        .optional("combine", \.combination, .word),
        .optional("axis", \.axis, .positive),
      ])
  }
}

extension Codec<Sequential> {
  /// A list of layers, or the word `none`.
  fileprivate static var layersOrNone: Codec {
    layers.or("none").map({ $0 ?? [] }, { $0.layers.isEmpty ? nil : $0 })
  }
}
