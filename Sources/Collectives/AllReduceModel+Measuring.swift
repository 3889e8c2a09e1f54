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
    try communicator.broadcast(&model)
    return model
  }

  /// Rank 0 and `peer` send a message to and fro.
  private static func path(to peer: Int, on communicator: Communicator) throws(MPIError) -> Path {
    var buffer = Buffer<UInt8>(repeating: 0, count: 4 << 20)
    return try buffer.withUnsafeMutableBufferPointer { (buffer) throws(MPIError) in
      func microseconds(_ count: Int) throws(MPIError) -> Double {
        let message = buffer.part(0..<count)
        return try median { () throws(MPIError) in
          if communicator.rank == 0 {
            try communicator.send(UnsafeBufferPointer(message), to: peer)
            try communicator.receive(into: message, from: peer)
          } else if communicator.rank == peer {
            try communicator.receive(into: message, from: 0)
            try communicator.send(UnsafeBufferPointer(message), to: 0)
          }
        } / 2
      }
      func both(_ count: Int) throws(MPIError) -> Double {
        let (out, back) = (buffer.part(0..<count), buffer.part(count..<2 * count))
        return try median { () throws(MPIError) in
          guard communicator.rank == 0 || communicator.rank == peer else { return }
          let other = communicator.rank == 0 ? peer : 0
          try communicator.sendReceive(
            UnsafeBufferPointer(out), to: other, into: back, from: other)
        }
      }
      var path = Path(
        latency: try microseconds(4), between: buffer.count, try microseconds(buffer.count))
      // The limits of Open MPI's shared memory and of TCP. Beyond the library's own, a message takes more
      // than its bytes do.
      for limit in [65536, 4096] {
        let steps = try microseconds(limit * 3 / 2) - microseconds(limit * 3 / 4)
        if steps - Double(limit * 3 / 4) / path.rate / 1e3 > path.latency { path.eager = limit }
      }
      let one = try microseconds(1 << 20)
      path.contention = max(1, try both(1 << 20) / one)
      return path
    }
  }

  /// The median microseconds of a few calls.
  private static func median(_ body: () throws(MPIError) -> Void) throws(MPIError) -> Double {
    var times: [Double] = []
    for _ in 0..<21 {
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
