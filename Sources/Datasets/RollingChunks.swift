import Glibc

/// As many chunks as fit into a limit. Room for the next is made by one of which every row was read, or
/// else by the one that was used longest ago.
final class RollingChunks: ChunkStore, @unchecked Sendable {
  // Sendable: all tables are guarded by `gate`; a slot's memory by its state and its pins.
  private struct Slot {
    /// -1 if the slot is empty.
    var chunk = -1
    var isLoading = false
    /// Readers that are in it.
    var pins = 0
    /// Rows that were read since it was loaded.
    var reads = 0
    var rows = 0
    var newer = -1
    var older = -1
  }

  /// Fewer would make readers wait for each other.
  static let fewestSlots = 8

  let chunks: ShardChunks
  private let files: ShardFiles
  private let gate = Gate()
  private let owned: LazyMemory
  private let memory: UnsafeMutableRawPointer
  private let byteCount: Int
  private let rowBytes: Int
  private let labelBytes: Int
  private let slotBytes: Int
  private let labelOffset: Int
  private var slots: [Slot]
  private var newest: Int
  private var oldest: Int
  /// The slot of each chunk, or -1.
  private var slotOfChunk: [Int32]

  init(_ chunks: ShardChunks, _ files: ShardFiles, byteLimit: Int) {
    (self.chunks, self.files) = (chunks, files)
    rowBytes = files.shards[0].featureByteCount
    labelBytes = 4 * files.labelCount
    let rows = chunks.rowsPerChunk.max() ?? 1
    labelOffset = (rows * rowBytes + 63) & ~63
    slotBytes = (labelOffset + rows * labelBytes + 63) & ~63
    let count = max(Self.fewestSlots, min(chunks.count, byteLimit / max(1, slotBytes)))
    byteCount = count * slotBytes
    owned = LazyMemory(byteCount: byteCount)
    memory = owned.start
    slots = (0..<count).map { Slot(newer: $0 - 1, older: $0 + 1 < count ? $0 + 1 : -1) }
    (newest, oldest) = (0, count - 1)
    slotOfChunk = [Int32](repeating: -1, count: chunks.count)
  }

  let isWhole = false
  var capacity: Int { byteCount / max(1, slotBytes) }

  func withRow(
    _ row: Int, of shard: Int,
    _ body: (UnsafeRawPointer, UnsafeRawPointer) throws(DatasetError) -> Void
  ) throws(DatasetError) {
    let slot = try pin(chunks.chunk(of: row, in: shard))
    defer { unpin(slot, reads: 1) }
    let base = memory + slot * slotBytes
    let place = row % chunks.rowsPerChunk[shard]
    try body(base + place * rowBytes, base + labelOffset + place * labelBytes)
  }

  func load(chunk: Int) throws(DatasetError) { unpin(try pin(chunk)) }

  /// The slot of a chunk, which will not be given away before it is unpinned.
  private func pin(_ chunk: Int) throws(DatasetError) -> Int {
    gate.lock()
    defer { gate.unlock() }
    while true {
      let known = Int(slotOfChunk[chunk])
      if known >= 0, !slots[known].isLoading {
        slots[known].pins += 1
        makeNewest(known)
        return known
      }
      if known < 0, let free = oldestFree() {
        try fill(free, with: chunk)
        slots[free].pins += 1
        return free
      }
      gate.wait()
    }
  }

  private func unpin(_ slot: Int, reads: Int = 0) {
    gate.lock()
    slots[slot].pins -= 1
    slots[slot].reads += reads
    // Spent until the next epoch: its memory is still in the processor's caches, the rest may never
    // have been touched.
    if slots[slot].reads == slots[slot].rows { makeOldest(slot) }
    if slots[slot].pins == 0 { gate.wakeAll() }
    gate.unlock()
  }

  private func oldestFree() -> Int? {
    var slot = oldest
    while slot >= 0, slots[slot].pins > 0 || slots[slot].isLoading { slot = slots[slot].newer }
    return slot >= 0 ? slot : nil
  }

  /// Loads a chunk into a slot; the gate is open meanwhile.
  private func fill(_ slot: Int, with chunk: Int) throws(DatasetError) {
    if slots[slot].chunk >= 0 { slotOfChunk[slots[slot].chunk] = -1 }
    slots[slot].chunk = chunk
    slots[slot].reads = 0
    slots[slot].isLoading = true
    slotOfChunk[chunk] = Int32(slot)
    makeNewest(slot)
    let (shard, rows) = chunks.rows(of: chunk)
    slots[slot].rows = rows.count
    let base = memory + slot * slotBytes
    gate.unlock()
    var failure: DatasetError?
    do {
      try files.load(rows, of: shard, into: base, base + labelOffset)
    } catch { failure = error }
    gate.lock()
    slots[slot].isLoading = false
    if failure != nil {
      slots[slot].chunk = -1
      slotOfChunk[chunk] = -1
    }
    gate.wakeAll()
    if let failure { throw failure }
  }

  private func makeNewest(_ slot: Int) {
    guard slot != newest else { return }
    takeOut(slot)
    (slots[slot].newer, slots[slot].older) = (-1, newest)
    slots[newest].newer = slot
    newest = slot
  }

  private func makeOldest(_ slot: Int) {
    guard slot != oldest else { return }
    takeOut(slot)
    (slots[slot].newer, slots[slot].older) = (oldest, -1)
    slots[oldest].older = slot
    oldest = slot
  }

  private func takeOut(_ slot: Int) {
    let (newer, older) = (slots[slot].newer, slots[slot].older)
    if newer >= 0 { slots[newer].older = older } else { newest = older }
    if older >= 0 { slots[older].newer = newer } else { oldest = newer }
  }
}

/// A lock that threads can wait at.
final class Gate: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  func lock() { pthread_mutex_lock(mutex) }
  func unlock() { pthread_mutex_unlock(mutex) }
  /// Opens the lock, waits to be woken, and closes it again.
  func wait() { pthread_cond_wait(condition, mutex) }
  func wakeAll() { pthread_cond_broadcast(condition) }
}
