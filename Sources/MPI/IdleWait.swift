import Glibc

/// How a rank waits for its messages.
///
/// MPI libraries look all the time, which is the fastest where each rank has a core. Where ranks share
/// cores, those that wait take time from those that work, and from the kernel, which moves TCP's bytes on
/// the same cores. Who tells Open MPI so (`mpirun --mca mpi_yield_when_idle 1`) gets ranks that look a few
/// times, then sleep between looks: some 0.07 ms, in which a link of 1 Gbit/s brings 9 KB.
package struct IdleWait {
  /// Whether ranks sleep.
  package static let sleeps = getenv("OMPI_MCA_mpi_yield_when_idle").map { $0[0] == 0x31 } ?? false

  private var looks = 0

  package init() {}

  /// Between a look that found nothing and the next.
  package mutating func pause() {
    looks += 1
    // A look takes in what a message brings of a few: several follow each sleep.
    if looks > 10, looks % 4 == 0 { usleep(20) }
  }
}
