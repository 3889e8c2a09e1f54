import Checkpoints
import Engine
import Federated
import MPI

// Note [What a federated checkpoint holds]
//
//     /model/<path>                          global parameters and buffers
//     /optimizer/<array>/<path>              the server's arrays: momentum, control, ...
//     /optimizer/client-00000017.<array>/all what is kept of client 17, flat
//     /optimizer/version-00000003/<path>     parameters after step 3, if clients still train from them
//     /state                                 step: rounds done; numbers: clip
//
// All else is a function of seed and round. Arrays of clients lie on their home ranks, of which a
// resume may have another number: so the root collects them, and hands them out again.

/// Between a federation's state and checkpoint files.
struct FederatedCheckpoint {
  let folder: String
  let keep: Int?

  /// The one tensor of a client's array.
  private static let whole = "all"

  // MARK: - Writing

  /// Writes the state after `round` and returns the file's path on the root. Collective, blocking.
  func save(
    _ simulation: Simulation, round: Int, _ job: Job, normalization: String?
  ) throws -> String? {
    let world = simulation.communicator
    let arrays = try Self.collected(simulation.state.clients, on: world)
    return try world.agreeing { () -> String? in
      guard world.isRoot else { return nil }
      let state = simulation.state
      var slots: [String: [TensorSource]] = [:]
      for (name, memory) in state.server {
        slots[name] = StateTensors.sources(state.map, memory, trainedOnly: true)
      }
      for (version, memory) in state.versions {
        slots[Self.slot(version: version)] = StateTensors.sources(
          state.map, memory, trainedOnly: false)
      }
      for (name, values) in arrays {
        slots[name] = [
          TensorSource(
            CheckpointTensor(path: Self.whole, shape: [values.count], values: values))
        ]
      }
      return try CheckpointWriter.write(
        CheckpointState(
          step: round, epoch: round, position: 0, seed: job.training.seed, worldSize: world.size,
          jobText: job.yaml,
          numbers: state.clip.isFinite ? ["clip": state.clip] : [:],
          texts: normalization.map { ["normalization": $0] } ?? [:]),
        model: StateTensors.sources(state.map, state.global, trainedOnly: false),
        optimizer: slots,
        toFolder: folder, keep: Retention(newest: keep))
    }
  }

  /// All ranks' arrays of clients, on the root, by their names in the file.
  private static func collected(
    _ clients: ClientStates, on world: Communicator
  ) throws -> [String: [Float]] {
    var all: [String: [Float]] = [:]
    let names = clients.arrays.keys.sorted()
    let list = names.flatMap { name in
      (clients.arrays[name] ?? [:]).sorted { $0.key < $1.key }.map {
        (key: Self.slot(name, $0.key), memory: $0.value)
      }
    }
    let text = list.map { "\($0.key) \($0.memory.count)" }.joined(separator: "\n")
    for (rank, lines) in try world.allGather(text).enumerated() {
      for (index, line) in lines.split(separator: "\n").enumerated() {
        let parts = line.split(separator: " ")
        guard let key = parts.first, let count = parts.last.flatMap({ Int($0) }) else { continue }
        if world.isRoot {
          var values = [Float](repeating: 0, count: count)
          if rank == 0 {
            values = Array(list[index].memory.buffer)
          } else {
            try world.receive(into: &values, from: rank)
          }
          all[String(key)] = values
        } else if rank == world.rank {
          try world.send(Array(list[index].memory.buffer), to: 0)
        }
      }
    }
    return all
  }

  // MARK: - Reading

  /// Fills a fresh state from a checkpoint and returns the rounds done. The root reads, the others get
  /// what it has read. Collective, blocking.
  static func load(_ path: String, into simulation: Simulation) throws -> Int {
    let world = simulation.communicator
    let state = simulation.state
    let reader = try world.agreeing { () -> CheckpointReader? in
      guard world.isRoot else { return nil }
      let reader = try CheckpointReader(path)
      try reader.requireModel(StateTensors.descriptions(state.map, trainedOnly: false))
      try read(reader, state)
      return reader
    }
    let versions = try world.broadcast(
      state.versions.keys.sorted().map(String.init).joined(separator: " "), from: 0
    ).split(separator: " ").compactMap { Int($0) }
    state.versions = Dictionary(
      uniqueKeysWithValues: versions.map {
        ($0, state.versions[$0] ?? FloatMemory(count: state.map.count))
      })
    let kept = versions.compactMap { state.versions[$0] }
    for memory in [state.global] + state.server.map(\.memory) + kept {
      try world.broadcast(memory.buffer, from: 0)
    }
    var numbers = [
      Double(reader?.state.step ?? 0), reader?.state.numbers["clip"] ?? state.clip,
    ]
    try world.broadcast(&numbers, from: 0)
    state.clip = numbers[1]
    try handOut(reader, path, to: simulation)
    return Int(numbers[0])
  }

  /// Brings the arrays of clients to their home ranks.
  private static func handOut(
    _ reader: CheckpointReader?, _ path: String, to simulation: Simulation
  ) throws {
    let world = simulation.communicator
    let lines = (reader?.optimizer ?? [:]).sorted { $0.key < $1.key }.map {
      "\($0.key) \($0.value.first?.elementCount ?? 0)"
    }
    let text = try world.broadcast(lines.joined(separator: "\n"), from: 0)
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: " ")
      guard let slot = parts.first, let count = parts.last.flatMap({ Int($0) }),
        let (name, client) = parse(String(slot))
      else { continue }
      var values = [Float](repeating: 0, count: count)
      try world.agreeing {
        guard client < simulation.clients.count else {
          throw Failure(
            .inputOutput,
            "\(path): keeps an array of client \(client), but the job has \(simulation.clients.count) clients"
          )
        }
        try values.withUnsafeMutableBufferPointer {
          try reader?.readOptimizer(slot: String(slot), whole, into: $0)
        }
      }
      let homes = simulation.homes(of: client)
      if world.isRoot {
        for home in homes where home != 0 { try world.send(values, to: home) }
      }
      guard homes.contains(world.rank) else { continue }
      if !world.isRoot { try world.receive(into: &values, from: 0) }
      let memory = simulation.state.clients.array(name, of: client, count: count)
      memory.base.update(from: values, count: count)
    }
  }

  private static func read(_ reader: CheckpointReader, _ state: FederatedState) throws {
    for (index, entry) in state.map.entries.enumerated() {
      var values = [Float](repeating: 0, count: entry.shape.count)
      try values.withUnsafeMutableBufferPointer { try reader.readModel(entry.path, into: $0) }
      try state.map.pack(values, index, into: state.global.base)
    }
    state.versions = [:]
    for slot in reader.optimizer.keys {
      guard let version = version(of: slot) else { continue }
      let memory = FloatMemory(count: state.map.count)
      state.versions[version] = memory
      for (index, entry) in state.map.entries.enumerated() {
        var values = [Float](repeating: 0, count: entry.shape.count)
        try values.withUnsafeMutableBufferPointer {
          try reader.readOptimizer(slot: slot, entry.path, into: $0)
        }
        try state.map.pack(values, index, into: memory.base)
      }
    }
    for (name, memory) in state.server {
      for (index, entry) in state.map.entries.enumerated() where entry.isTrained {
        var values = [Float](repeating: 0, count: entry.shape.count)
        try values.withUnsafeMutableBufferPointer {
          try reader.readOptimizer(slot: name, entry.path, into: $0)
        }
        try state.map.pack(values, index, into: memory.base)
      }
    }
  }

  // MARK: - Names

  private static func slot(_ name: String, _ client: Int) -> String {
    "client-\(digits(client)).\(name)"
  }

  private static func slot(version: Int) -> String { "version-\(digits(version))" }

  private static func version(of slot: String) -> Int? {
    slot.hasPrefix("version-") ? Int(slot.dropFirst(8)) : nil
  }

  private static func digits(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
  }

  private static func parse(_ slot: String) -> (name: String, client: Int)? {
    guard slot.hasPrefix("client-"), let dot = slot.firstIndex(of: ".") else { return nil }
    let digits = slot[slot.index(slot.startIndex, offsetBy: 7)..<dot]
    return Int(digits).map { (String(slot[slot.index(after: dot)...]), $0) }
  }
}
