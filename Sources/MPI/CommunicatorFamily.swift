internal import CMPI
internal import Synchronization

/// The communicators that stem from one, which a loss makes useless together.
///
/// A rank that hears of a loss leaves the operation that told it, while others may wait in any
/// communicator of the family for what it was to send there: all are revoked.
final class CommunicatorFamily: @unchecked Sendable {
  // Sendable: the handles are in a mutex; C handles are plain values.
  private let members = Mutex<[ObjectIdentifier: cmpi_comm]>([:])

  func add(_ communicator: Communicator) {
    members.withLock { $0[ObjectIdentifier(communicator)] = communicator.raw }
  }

  func remove(_ communicator: Communicator) {
    members.withLock { $0[ObjectIdentifier(communicator)] = nil }
  }

  /// Revokes all; what a communicator that is revoked already answers is of no use.
  func revoke() {
    members.withLock { for handle in $0.values { _ = cmpi_comm_revoke(handle) } }
  }
}
