import MPI
import Testing

extension Ranks {
  /// Tests that end badly by intention. `MPITests` starts them under mpirun of their own and looks
  /// at how they end.
  @Suite(.enabled(if: Ranks.scenario != nil)) struct Scenarios {
    let world = Ranks.world

    @Test(.enabled(if: Ranks.scenario == "hang")) func lastRankStaysAway() throws {
      Ranks.step("before the barrier")
      if world.rank == world.size - 1 {
        Ranks.step("sleeping")
        var values = [0]
        // Nobody sends this.
        try world.receive(into: &values, from: world.rank, tag: 77)
      }
      try world.barrier()
    }

    @Test(.enabled(if: Ranks.scenario == "drop")) func requestIsDroppedInFlight() throws {
      _ = try world.startReceive(into: Buffer(repeating: 0, count: 1), from: world.rank)
    }
  }
}
