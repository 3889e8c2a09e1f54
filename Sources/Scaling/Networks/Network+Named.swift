extension Network {
  /// Networks that a plan knows by name.
  ///
  /// Latencies and rates are those of messages between two processes through MPI, as benchmarks of the
  /// kind of OSU's report them, not those of the wire: Ethernet up to 25 Gbit/s over TCP, above with
  /// RDMA (RoCE v2). A rate is 94 % of the nominal one, what is left beside headers and pauses.
  /// One rank a node, and switches that carry all nodes at full rate, unless a file says otherwise.
  public static let named: [Network] = [
    ethernet("ethernet-1g", gigabits: 1, latency: 45, overhead: 4, eager: 65536),
    ethernet("ethernet-10g", gigabits: 10, latency: 25, overhead: 4, eager: 65536),
    ethernet("ethernet-25g", gigabits: 25, latency: 18, overhead: 4, eager: 65536),
    ethernet("ethernet-100g", gigabits: 100, latency: 3, overhead: 0.5, eager: 16384),
    ethernet("ethernet-200g", gigabits: 200, latency: 2.5, overhead: 0.5, eager: 16384),
    ethernet("infiniband-hdr", gigabits: 200, latency: 1.2, overhead: 0.3, eager: 16384),
    ethernet("infiniband-ndr", gigabits: 400, latency: 1.1, overhead: 0.3, eager: 16384),
    ethernet("slingshot", gigabits: 200, latency: 2, overhead: 0.4, eager: 16384),
  ]

  private static func ethernet(
    _ name: String, gigabits: Double, latency: Double, overhead: Double, eager: Int
  ) -> Network {
    Network(
      name: name,
      network: Path(
        latency: latency, rate: 0.94 * gigabits / 8, eager: eager, overhead: overhead))
  }
}
