internal import CMPI

/// How many threads of a process may call MPI (MPI 3.1, section 12.4.3); levels are ordered.
public enum ThreadLevel: Int, Comparable, Sendable {
  /// The process has one thread.
  case single
  /// Only the thread that initialised MPI calls it.
  case funneled
  /// Any thread may call MPI, one at a time.
  case serialized
  /// Any threads may call MPI at the same time.
  case multiple

  /// The value of the C constant.
  var raw: Int32 {
    switch self {
    case .single: Int32(MPI_THREAD_SINGLE)
    case .funneled: Int32(MPI_THREAD_FUNNELED)
    case .serialized: Int32(MPI_THREAD_SERIALIZED)
    case .multiple: Int32(MPI_THREAD_MULTIPLE)
    }
  }

  /// A level is smaller when it allows less.
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
