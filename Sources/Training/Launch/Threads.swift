import Engine
import Foundation
public import MPI

/// How many threads a rank may use, so that ranks x threads = cores.
public enum Threads {
  /// The threads of each rank: all ranks of a node share its cores evenly, and all ranks of the job
  /// get the same number, since the order of sums depends on it. Collective.
  public static func perRank(on world: Communicator) throws -> Int {
    let node = try world.node()
    // A launcher that binds ranks gives each a mask of its own; one that does not gives all ranks
    // of a node the same, to be divided.
    let allowed = KernelThreads.allowedCores
    let total = Int(try node.allReduce(Int64(allowed), .sum))
    let isBound = total <= ProcessInfo.processInfo.activeProcessorCount
    let share = isBound ? allowed : allowed / node.size
    return Int(try world.allReduce(Int64(max(1, share)), .minimum))
  }
}
