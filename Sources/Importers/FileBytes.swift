import CCodecs
import Glibc

/// The bytes of a file, mapped where they lie plain and inflated where they lie in gzip.
///
/// Pages of a mapped file are read when they are touched and can be dropped again, so that a large
/// file takes no memory of its own.
public final class FileBytes: @unchecked Sendable {
  // Sendable: never written after it was made.
  /// The path, for messages.
  public let path: String
  /// The bytes, as long as this value lives.
  public let bytes: UnsafeRawBufferPointer
  private let isMapped: Bool

  /// What gzip files may grow to: beyond it a few bytes could ask for all memory there is.
  static let inflatedLimit = 64 << 30

  /// Opens a file.
  ///
  /// - Throws: `ImportError` if it is missing, empty of rights, or its gzip is damaged.
  public init(path: String) throws(ImportError) {
    self.path = path
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw ImportError(path, "", String(cString: strerror(errno))) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw ImportError(path, "", "is no file")
    }
    let count = Int(status.st_size)
    guard count > 0 else {
      (bytes, isMapped) = (UnsafeRawBufferPointer(start: nil, count: 0), false)
      return
    }
    let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let address, address != MAP_FAILED else {
      throw ImportError(path, "", String(cString: strerror(errno)))
    }
    let mapped = UnsafeRawBufferPointer(start: address, count: count)
    guard count >= 2, mapped[0] == 0x1F, mapped[1] == 0x8B else {
      (bytes, isMapped) = (mapped, true)
      return
    }
    defer { munmap(address, count) }
    bytes = try Self.inflate(mapped, CC_GZIP, limit: Self.inflatedLimit, path)
    isMapped = false
  }

  /// Takes over what `inflate` returned.
  init(inflated bytes: UnsafeRawBufferPointer, path: String) {
    (self.path, self.bytes, isMapped) = (path, bytes, false)
  }

  /// A copy of `array`.
  init(_ array: [UInt8], path: String) {
    let copy = UnsafeMutableRawBufferPointer(
      start: malloc(max(1, array.count)), count: array.count)
    copy.copyBytes(from: array)
    (self.path, bytes, isMapped) = (path, UnsafeRawBufferPointer(copy), false)
  }

  // The bytes go with the last use of this value, which may be the reading of `bytes` itself: whoever
  // holds no reference to it afterwards takes a copy by one of these.

  /// The bytes as UTF-8; `nil` if they are something else.
  var text: String? { String(validating: bytes, as: UTF8.self) }

  /// The bytes as UTF-8, with marks in place of what is something else.
  var mendedText: String { String(decoding: bytes, as: UTF8.self) }

  /// Each byte as a number.
  var numbers: [Int32] { bytes.map { Int32($0) } }

  /// Inflates into new memory, which belongs to the caller (`free`).
  static func inflate(
    _ source: UnsafeRawBufferPointer, _ wrapping: cc_wrapping, limit: Int, _ path: String
  ) throws(ImportError) -> UnsafeRawBufferPointer {
    var result: UnsafeMutablePointer<UInt8>?
    var count = 0
    let base = source.baseAddress?.assumingMemoryBound(to: UInt8.self)
    switch cc_inflate(base, source.count, wrapping, limit, &result, &count) {
    case CC_DONE: return UnsafeRawBufferPointer(start: result, count: count)
    case CC_TRUNCATED: throw ImportError(path, "", "its compressed data ends too early")
    case CC_TOO_LARGE: throw ImportError(path, "", "inflates to more than \(limit) bytes")
    case CC_NO_MEMORY: throw ImportError(path, "", "there is not enough memory to inflate it")
    default: throw ImportError(path, "", "its compressed data is damaged")
    }
  }

  deinit {
    guard let base = bytes.baseAddress else { return }
    let address = UnsafeMutableRawPointer(mutating: base)
    if isMapped { munmap(address, bytes.count) } else { free(address) }
  }
}
