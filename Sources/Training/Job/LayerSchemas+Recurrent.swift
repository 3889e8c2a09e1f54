import Layers
import Yams

extension Recurrent {
  /// The keys of one kind of cell; only the vanilla one chooses its function.
  static func schema(_ kind: Kind) -> Schema<Recurrent> {
    let function: [Field<Recurrent>] =
      kind == .rnn ? [.optional("activation", \.activation, .word)] : []
    return Schema(
      kind.rawValue, Recurrent(kind, units: 1),
      [
        .required("units", \.units, .positive),
        .optional("layers", \.layers, .positive),
      ] + function + [
        .optional("bidirectional", \.isBidirectional, .flag),
        .optional("dropout", \.dropout, .number(.fraction)),
        .optional("output", \.output, .word),
        .optional("initialState", \.start, .word),
        .optional("useBias", \.useBias, .flag),
      ])
  }
}

extension Kind<any Layer> {
  /// A recurrent layer under the name of its kind of cell.
  static func recurrent(_ kind: Recurrent.Kind) -> Kind {
    Kind(
      kind.rawValue, Recurrent.schema(kind).codec, wrap: { $0 },
      unwrap: { ($0 as? Recurrent).flatMap { $0.kind == kind ? $0 : nil } })
  }
}
