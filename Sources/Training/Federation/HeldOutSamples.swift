import Federated

/// The samples of each client cut in two: one part to train on, one to measure on.
///
/// Every so-many-th sample of a client is kept from training, so that sorted data is cut fairly too.
struct HeldOutSamples {
  /// The clients with what they train on.
  let trained: [Client]
  /// The clients with what they are measured on: the same samples if nothing is held out.
  let measured: [Client]

  init(_ clients: [Client], share: Double) {
    guard share > 0 else {
      (trained, measured) = (clients, clients)
      return
    }
    var trained: [Client] = []
    var measured: [Client] = []
    for client in clients {
      var (kept, held): ([Int], [Int]) = ([], [])
      for (index, sample) in client.samples.enumerated() {
        // The running sum of shares passes a whole number: this one is held out.
        let isHeld =
          (Double(index + 1) * share).rounded(.down) > (Double(index) * share).rounded(.down)
        if isHeld { held.append(sample) } else { kept.append(sample) }
      }
      trained.append(Client(id: client.id, name: client.name, samples: kept))
      measured.append(Client(id: client.id, name: client.name, samples: held))
    }
    (self.trained, self.measured) = (trained, measured)
  }
}
