import Glibc

/// Zeroed memory of which untouched pages take no room.
final class LazyMemory {
  let start: UnsafeMutableRawPointer
  let byteCount: Int

  /// Reserves addresses, no memory yet.
  init(byteCount: Int) {
    self.byteCount = max(1, byteCount)
    let address = mmap(
      nil, self.byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
      0)
    guard let address, address != MAP_FAILED else {
      preconditionFailure("no address space for \(byteCount) bytes")
    }
    start = address
    // 2 MiB a fault instead of 4 KiB. A system that cannot goes on as before.
    madvise(start, self.byteCount, MADV_HUGEPAGE)
  }

  deinit { munmap(start, byteCount) }
}
