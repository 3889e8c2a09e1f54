import Synchronization

/// What this process has handed to MPI in messages of its own.
public enum Traffic {
  private static let counter = Atomic<Int>(0)

  /// Bytes sent since the start of the process, by `send`, `startSend` and `sendReceive` of all
  /// communicators; not what MPI's own collectives send, nor what goes through shared windows. Local.
  public static var sentBytes: Int { counter.load(ordering: .relaxed) }

  /// Adds a message. One addition that nobody waits for: some nanoseconds.
  static func note<Element>(_ buffer: UnsafeBufferPointer<Element>) {
    counter.wrappingAdd(buffer.count * MemoryLayout<Element>.stride, ordering: .relaxed)
  }
}
