internal import CMPI

/// A fixed number of slots for started operations on unsafe memory, waited for without allocation.
///
/// For algorithms that keep many messages in flight step after step: the slots are allocated once,
/// each `start…(…, in: &requests)` takes the one it is told, or the first free one, and returns its
/// index, and a completed operation frees its slot. The caller keeps the memory alive and untouched
/// until then. Dropping a set with operations in flight traps.
public struct RequestSet: ~Copyable, @unchecked Sendable {
  private let slots: UnsafeMutablePointer<cmpi_request>
  private var isAbandoned = false
  /// The number of slots.
  public let capacity: Int

  /// Allocates `capacity` free slots.
  public init(capacity: Int) {
    precondition(capacity >= 0 && capacity <= Int(Int32.max), "a set of \(capacity) requests")
    self.capacity = capacity
    slots = .allocate(capacity: max(capacity, 1))
    slots.initialize(repeating: cmpi_request_null(), count: max(capacity, 1))
  }

  deinit {
    if !isAbandoned && cmpi_is_finalized() == 0 && !Environment.hasLostRanks {
      for slot in 0..<capacity where cmpi_request_is_null(slots[slot]) == 0 {
        fatalError("a set of requests was dropped while slot \(slot) was in flight; call waitAll()")
      }
    }
    slots.deallocate()
  }

  /// Whether no operation is in flight.
  public var isEmpty: Bool {
    for slot in 0..<capacity where cmpi_request_is_null(slots[slot]) == 0 { return false }
    return true
  }

  /// Blocks until every operation has ended, and frees all slots.
  ///
  /// Corresponds to `MPI_Waitall` (MPI 3.1, section 3.7.5).
  public mutating func waitAll() throws(MPIError) {
    try check(cmpi_waitall(Int32(capacity), slots), "MPI_Waitall")
  }

  /// Blocks until one operation has ended, frees its slot, and returns the slot's index; nil when
  /// none is in flight.
  ///
  /// Corresponds to `MPI_Waitany` (MPI 3.1, section 3.7.5).
  public mutating func waitAny() throws(MPIError) -> Int? {
    var index: Int32 = 0
    try check(cmpi_waitany(Int32(capacity), slots, &index), "MPI_Waitany")
    return index == MPI_UNDEFINED ? nil : Int(index)
  }

  /// Blocks until the operation in `slot` has ended, and frees the slot; a free slot returns at
  /// once.
  public mutating func wait(_ slot: Int) throws(MPIError) {
    var status = cmpi_status()
    try check(cmpi_wait(address(of: slot), &status), "MPI_Wait", "slot \(slot)")
  }

  /// Whether the operation in `slot` has ended, which frees the slot; does not block.
  public mutating func isComplete(_ slot: Int) throws(MPIError) -> Bool {
    var status = cmpi_status()
    var flag: Int32 = 0
    try check(cmpi_test(address(of: slot), &flag, &status), "MPI_Test", "slot \(slot)")
    return flag != 0
  }

  /// Whether all operations have ended; if so all slots are free. Does not block.
  ///
  /// Corresponds to `MPI_Testall` (MPI 3.1, section 3.7.5).
  public mutating func areAllComplete() throws(MPIError) -> Bool {
    var flag: Int32 = 0
    try check(cmpi_testall(Int32(capacity), slots, &flag), "MPI_Testall")
    return flag != 0
  }

  /// Whether the operation in `slot` has ended, which frees the slot; with `waiting` blocks until it
  /// has.
  public mutating func end(_ slot: Int, waiting: Bool) throws(MPIError) -> Bool {
    guard waiting else { return try isComplete(slot) }
    guard IdleWait.sleeps else {
      try wait(slot)
      return true
    }
    var idle = IdleWait()
    while try !isComplete(slot) { idle.pause() }
    return true
  }

  /// Whether all operations have ended, which frees all slots; with `waiting` blocks until they
  /// have.
  public mutating func endAll(waiting: Bool) throws(MPIError) -> Bool {
    guard waiting else { return try areAllComplete() }
    guard IdleWait.sleeps else {
      try waitAll()
      return true
    }
    var idle = IdleWait()
    while try !areAllComplete() { idle.pause() }
    return true
  }

  /// Lets the set go without a trap, whatever is still in flight.
  ///
  /// For the way out after an error, which is what the user should see. The library may still write
  /// into the operations' memory: all that is left to do is to end the job, as
  /// ``withMPI(threading:describing:_:)`` does with an error that nobody catches.
  public mutating func abandon() { isAbandoned = true }

  /// The slot of the next operation: `wanted`, which must be free, or the first free one.
  mutating func freeSlot(
    _ wanted: Int?
  ) -> (index: Int, address: UnsafeMutablePointer<cmpi_request>) {
    if let wanted {
      let address = address(of: wanted)
      if cmpi_request_is_null(address.pointee) != 0 { return (wanted, address) }
      fatalError("slot \(wanted) of a set of requests is in flight")
    }
    for slot in 0..<capacity where cmpi_request_is_null(slots[slot]) != 0 {
      return (slot, slots + slot)
    }
    fatalError("all \(capacity) slots of a set of requests are in flight")
  }

  private func address(of slot: Int) -> UnsafeMutablePointer<cmpi_request> {
    precondition(slot >= 0 && slot < capacity, "slot \(slot) of \(capacity)")
    return slots + slot
  }
}
