public import MPI

extension AllReduceModel {
  /// The model of the machine under `communicator`: latency and rate of each path, timed.
  ///
  /// Paths that the ranks do not have keep their common constants. Takes a fraction of a second.
  /// Collective, blocking; all ranks get the same model.
  public static func measured(on communicator: Communicator) throws(MPIError) -> AllReduceModel {
    var model = AllReduceModel()
    let node = try communicator.node()
    // The least rank of a node is its name.
    let colors = try communicator.allGather([try node.allReduce(communicator.rank, .minimum)])
    let neighbour = colors.indices.dropFirst().first { colors[$0] == colors[0] }
    let stranger = colors.indices.first { colors[$0] != colors[0] }
    if let neighbour { model.node = try path(to: neighbour, on: communicator) }
    if let stranger { model.network = try path(to: stranger, on: communicator) }
    if node.size > 1 {
      let window = try SharedWindowAllReduce<Float>(on: node)
      if let memory = try window.memory(count: 1 << 20) {
        let small = UnsafeMutableBufferPointer(rebasing: memory[..<1])
        let latency = try median { () throws(MPIError) in try window.sum(small) }
        let whole = try median { () throws(MPIError) in try window.sum(memory) }
        model.window = Path(latency: latency, between: 4 << 20, whole)
      }
    }
    for (peer, place) in [(neighbour, \AllReduceModel.node), (stranger, \AllReduceModel.network)] {
      guard let peer else { continue }
      let isOne = communicator.rank == 0 || communicator.rank == peer
      let pair = try communicator.split(color: isOne ? 0 : 1, key: communicator.rank)
      if isOne {
        model[keyPath: place].contention = try contention(of: pair, model[keyPath: place])
      }
    }
    try communicator.broadcast(&model)
    return model
  }

  /// By which factor a ring of two ranks, whose messages pass each other, takes longer than its bytes would
  /// in one direction.
  private static func contention(of pair: Communicator, _ path: Path) throws(MPIError) -> Double {
    let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: 1 << 20)
    defer { memory.deallocate() }
    memory.initialize(repeating: 0)
    let ring = try Ring<Float>(on: pair)
    let time = try median(of: 5) { () throws(MPIError) in try ring.sum(memory) }
    return max(1, (time - path.latency) / (Double(4 << 20) / path.rate / 1e3))
  }

  /// Rank 0 and `peer` send a message to and fro.
  private static func path(to peer: Int, on communicator: Communicator) throws(MPIError) -> Path {
    var buffer = Buffer<UInt8>(repeating: 0, count: 4 << 20)
    return try buffer.withUnsafeMutableBufferPointer { (buffer) throws(MPIError) in
      func microseconds(_ count: Int) throws(MPIError) -> Double {
        let message = buffer.part(0..<count)
        return try median(of: count > 1 << 18 ? 5 : 21) { () throws(MPIError) in
          if communicator.rank == 0 {
            try communicator.send(UnsafeBufferPointer(message), to: peer)
            try communicator.receive(into: message, from: peer)
          } else if communicator.rank == peer {
            try communicator.receive(into: message, from: 0)
            try communicator.send(UnsafeBufferPointer(message), to: 0)
          }
        } / 2
      }
      // The rate is what more bytes take longer: a long message costs more latencies than one.
      let more = try microseconds(buffer.count) - microseconds(buffer.count / 4)
      var path = Path(
        latency: try microseconds(4), rate: Double(buffer.count * 3 / 4) / max(more, 0.001) / 1e3)
      // The limits of Open MPI's shared memory and of TCP. Beyond the library's own, a message takes more
      // than its bytes do.
      for limit in [65536, 4096] {
        let steps = try microseconds(limit * 3 / 2) - microseconds(limit * 3 / 4)
        if steps - Double(limit * 3 / 4) / path.rate / 1e3 > path.latency { path.eager = limit }
      }
      return path
    }
  }

  /// The median microseconds of a few calls.
  private static func median(
    of count: Int = 21, _ body: () throws(MPIError) -> Void
  ) throws(MPIError) -> Double {
    var times: [Double] = []
    for _ in 0..<count {
      let start = wallClock()
      try body()
      times.append((wallClock() - start) * 1e6)
    }
    return times.sorted()[times.count / 2]
  }
}

extension AllReduceModel.Path {
  /// The path whose messages of no and of `bytes` bytes take so many microseconds.
  fileprivate init(latency: Double, between bytes: Int, _ microseconds: Double) {
    self.init(
      latency: latency, rate: Double(bytes) / Swift.max(microseconds - latency, 0.001) / 1e3)
  }
}

extension Communicator {
  /// Gives all ranks the root's model.
  fileprivate func broadcast(_ model: inout AllReduceModel) throws(MPIError) {
    var values = [
      model.node.latency, model.node.rate, model.network.latency, model.network.rate,
      model.window.latency, model.window.rate,
      Double(model.node.eager ?? 0), model.node.contention ?? 0,
      Double(model.network.eager ?? 0), model.network.contention ?? 0,
    ]
    try broadcast(&values)
    model.node = .init(latency: values[0], rate: values[1])
    model.network = .init(latency: values[2], rate: values[3])
    if values[6] > 0 { model.node.eager = Int(values[6]) }
    if values[7] > 0 { model.node.contention = values[7] }
    if values[8] > 0 { model.network.eager = Int(values[8]) }
    if values[9] > 0 { model.network.contention = values[9] }
    model.window = .init(latency: values[4], rate: values[5])
  }
}
