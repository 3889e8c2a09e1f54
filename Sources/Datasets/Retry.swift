import Glibc
public import HDF5

/// Repeats what a file system may refuse for a moment.
public enum Retry {
  /// Waits between tries, in microseconds: together a little over two seconds.
  static let pauses: [UInt32] = [20_000, 100_000, 400_000, 1_600_000]

  /// System errors after which a later try may succeed: servers that restart, leases that move.
  static let transient: Set<Int32> = [
    EIO, EAGAIN, EINTR, EBUSY, ESTALE, ETIMEDOUT, ENOTCONN, ECONNRESET, EHOSTDOWN, EHOSTUNREACH,
    ENETDOWN, EREMOTEIO, ENOLCK,
  ]

  /// Runs `body`, again after each pause while it fails with a transient error; then throws its last
  /// error. Blocks.
  public static func whileTransient<Result>(
    _ body: () throws(HDF5Error) -> Result
  ) throws(DatasetError) -> Result {
    for pause in pauses {
      do {
        return try body()
      } catch {
        guard let number = error.systemError, transient.contains(number) else {
          throw .unreadable(error)
        }
        usleep(pause)
      }
    }
    do {
      return try body()
    } catch {
      throw .unreadable(error)
    }
  }
}
