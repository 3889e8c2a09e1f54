internal import CMPI

/// Seconds since some moment in the past, with the resolution of the best clock; not comparable
/// between hosts.
///
/// Local. Corresponds to `MPI_Wtime` (MPI 3.1, section 8.6).
public func wallClock() -> Double { MPI_Wtime() }
