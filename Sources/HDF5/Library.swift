import CHDF5
import Glibc

// Note [One lock]
// HDF5 keeps global state (identifier tables, caches, the error stack) that two threads must not
// touch at once. Debian's serial library is built thread-safe, its parallel one is not, and other
// distributions differ; so every call goes through one lock of our own. It is recursive because a
// handle may die, and close itself, inside a locked region.

/// The one door to the C library: takes the lock, silences HDF5's own printing, turns failures into
/// `HDF5Error`.
enum Library {
  private static let mutex = RecursiveMutex()

  /// Runs `body` while no other thread is inside HDF5.
  static func locked<Result>(_ body: () throws(HDF5Error) -> Result) throws(HDF5Error) -> Result {
    mutex.lock()
    defer { mutex.unlock() }
    // A thread-safe build keeps the printing switch per thread, so it is set on every entry, not
    // once.
    H5Eset_auto2(hid_t(H5E_DEFAULT), nil, nil)
    return try body()
  }

  /// Closes an identifier of any kind; one that died with its file is left alone.
  static func release(_ id: hid_t) {
    mutex.lock()
    defer { mutex.unlock() }
    H5Eset_auto2(hid_t(H5E_DEFAULT), nil, nil)
    if H5Iis_valid(id) > 0 { H5Idec_ref(id) }
  }
}

/// Makes one C call and throws the library's error stack if it returns a negative value.
///
/// - Parameters:
///   - function: name of the C function, for the error.
///   - path: the file and object that the call is about, for the error.
///   - call: the call itself, made under the library's lock.
@discardableResult
func check<Code: SignedInteger>(
  _ function: String, _ path: @autoclosure () -> String, _ call: @autoclosure () -> Code
) throws(HDF5Error) -> Code {
  try Library.locked { () throws(HDF5Error) -> Code in
    let code = call()
    guard code >= 0 else {
      throw HDF5Error(function: function, path: path(), stack: ErrorStack.take())
    }
    return code
  }
}

/// A pthread mutex that its owner may lock again.
private final class RecursiveMutex: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>

  init() {
    mutex = .allocate(capacity: 1)
    var attributes = pthread_mutexattr_t()
    pthread_mutexattr_init(&attributes)
    pthread_mutexattr_settype(&attributes, Int32(PTHREAD_MUTEX_RECURSIVE))
    let code = pthread_mutex_init(mutex, &attributes)
    precondition(code == 0, "pthread_mutex_init returned \(code)")
    pthread_mutexattr_destroy(&attributes)
  }

  func lock() { pthread_mutex_lock(mutex) }
  func unlock() { pthread_mutex_unlock(mutex) }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }
}
