import MPI

// Passes a token around all ranks, then sums over them:
//
//     swift build -c release
//     mpirun -n 4 .build/release/MPIRing

@main
enum MPIRing {
  static func main() {
    withMPI { world in
      let next = (world.rank + 1) % world.size
      let previous = (world.rank + world.size - 1) % world.size

      // The buffers belong to their requests until wait() gives them back.
      let incoming = try world.startReceive(into: Buffer(repeating: 0, count: 1), from: previous)
      let outgoing = try world.startSend(Buffer([world.rank]), to: next)
      let token = try incoming.wait()
      _ = try outgoing.wait()
      let lines = try world.gather("rank \(world.rank) got the token of rank \(token[0])")

      var squares = [Double(world.rank * world.rank)]
      try world.allReduce(&squares, .sum)
      if let lines {
        for line in lines { print(line) }
        print("sum of the squared ranks: \(squares[0])")
      }
    }
  }
}
