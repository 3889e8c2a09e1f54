import Federated
import Yams

/// The partitions of the job file: one line each.
private var partitionKinds: [Kind<Job.Federated.Partition>] {
  [
    .made(Schema("iid", IIDPartitioner(), [])),
    .made(
      Schema("sorted", SortedPartitioner(), [.optional("perClient", \.perClient, .positive)])),
    .made(
      Schema(
        "dirichlet", DirichletPartitioner(),
        [
          .optional("alpha", \.alpha, .number(.positive)),
          .optional("minimum", \.minimum, .positive),
        ])),
    .made(
      Schema(
        "quantity", QuantityPartitioner(),
        [
          .optional("alpha", \.alpha, .number(.positive)),
          .optional("minimum", \.minimum, .positive),
        ])),
    .made(
      Schema("classes", ClassPartitioner(), [.optional("perClient", \.perClient, .positive)])),
    Kind("files", .files),
    Kind(
      "attribute",
      Schema("attribute", "", [.required("name", \.self, .text("the name of a dataset"))]).codec,
      wrap: { .attribute($0) },
      unwrap: { if case .attribute(let name) = $0 { name } else { nil } }),
  ]
}

extension Kind<Job.Federated.Partition> {
  fileprivate static func made<P: Partitioner>(_ schema: Schema<P>) -> Kind {
    Kind(
      schema.name, schema.codec, wrap: { .made($0) },
      unwrap: { if case .made(let partitioner) = $0 { partitioner as? P } else { nil } })
  }
}

extension Codec<Job.Federated.Partition> {
  /// A partition: its name, or its name with settings.
  static var partition: Codec { .one(of: { partitionKinds }, "partition") }
}
