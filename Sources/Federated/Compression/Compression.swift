/// A way to shorten an update before it is sent: the server gets what is left of it.
public protocol Compression: Hashable, Sendable {
  /// The name in job files.
  var name: String { get }

  /// Whether a client keeps what was left out and adds it to its next update (error feedback, Seide et
  /// al. 2014).
  var keepsError: Bool { get }

  /// Bytes of a message of `count` elements.
  func byteCount(_ count: Int) -> Int

  /// Replaces an update by what the server gets of it. Local, a function of the arguments.
  func apply(_ update: UnsafeMutableBufferPointer<Float>, seed: UInt64, round: Int)
}

extension Compression {
  /// Whether `other` is the same compression with the same settings.
  public func isEqual(to other: any Compression) -> Bool { (other as? Self) == self }
}
