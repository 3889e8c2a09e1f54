import Scaling
import Testing

/// Network files, right and wrong.
@Suite struct NetworkTests {
  @Test func readsAllKeys() throws {
    let text = """
      name: lab
      ranksPerNode: 2
      window: {latency: 2, rate: 20}
      node: {latency: 1, rate: 6, eager: 4096}
      network: {latency: 30, rate: 1.1, eager: 65536, overhead: 3, contention: 1.2}
      spine: {nodesPerSwitch: 16, latency: 40, rate: 0.5}
      """
    let network = try Network(text: text, file: "lab.yaml")
    #expect(network.name == "lab" && network.ranksPerNode == 2 && network.window.rate == 20)
    #expect(network.network.eager == 65536 && network.network.contention == 1.2)
    #expect(network.spine?.nodesPerSwitch == 16 && network.spine?.path.rate == 0.5)
  }

  @Test func readsWhatTuningWrites() throws {
    let text = #"{"network": {"latency": 25.5, "rate": 0.9}, "node": {"latency": 1, "rate": 5}}"#
    #expect(try Network(text: text, file: "x/model.json").name == "model")
  }

  @Test(arguments: [
    ("network: {latency: 1, rate: fast}", "lab.yaml:1: network.rate must be a number above 0"),
    ("name: a\nnetwork:\n  latency: 1\n  rate: 0", "lab.yaml:4: network.rate must be"),
    ("network: {latency: 1, rate: 1}\nnodes: 3", "lab.yaml:2: unknown key \"nodes\""),
    ("network: {latency: 1, rate: 1, speed: 3}", "lab.yaml:1: unknown key \"network.speed\""),
    ("network: {latency: 1}", "needs latency (microseconds) and rate"),
    ("network: 7", "lab.yaml:1: network must be a mapping"),
    ("name: lab", "the key \"network\" is missing"),
    ("ranksPerNode: 0\nnetwork: {latency: 1, rate: 1}", "lab.yaml:1: ranksPerNode must be a whole"),
    ("network: {latency: 1, rate: 1}\nspine: {latency: 1, rate: 1}", "spine needs nodesPerSwitch"),
    ("network: [", "is not YAML"), ("", "is empty"),
  ])
  func refuses(text: String, reason: String) {
    let error = #expect(throws: NetworkError.self) { try Network(text: text, file: "lab.yaml") }
    #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
  }

  @Test func namesWhatThereIs() {
    let error = #expect(throws: NetworkError.self) { try Network(named: "ethernet-7g") }
    #expect(error?.description.contains("ethernet-10g") == true)
  }

  @Test func knowsNetworksByName() throws {
    #expect(try Network(named: "infiniband-hdr").network.rate == 23.5)
  }
}
