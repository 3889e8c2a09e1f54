public import Engine
import Optimizers

/// Parameters that stay with their client: normalisations (FedBN, Li et al. 2021), or a head
/// (FedPer, Arivazhagan et al. 2019).
///
/// They are trained like all others, but not sent: a client finds its own again in its next round. The
/// global model keeps the values it began with.
public struct PersonalPart: Sendable {
  /// Places in the flat arrays.
  public let ranges: [Range<Int>]
  /// The name of the array that keeps them.
  public static let name = "personal"

  /// The parameters and buffers whose paths match one of `patterns` (`layers.1.*`).
  ///
  /// - Throws: `FederationError` if a pattern fits no parameter.
  public init(_ patterns: [String], _ map: ParameterMap) throws(FederationError) {
    var ranges: [Range<Int>] = []
    for pattern in patterns {
      let found = map.entries.filter { ParameterGroup(parameters: pattern).contains($0.path) }
      guard !found.isEmpty else {
        throw .settings(
          "no parameter matches \"\(pattern)\" in federated.personal; there are "
            + map.entries.prefix(8).map(\.path).joined(separator: ", "))
      }
      ranges += found.map { $0.offset..<$0.offset + $0.storedCount }
    }
    self.ranges = ranges
  }

  /// Floats of all parts.
  public var count: Int { ranges.reduce(0) { $0 + $1.count } }
  /// Whether there are none.
  public var isEmpty: Bool { ranges.isEmpty }

  /// Puts a client's own parameters in the place of the global ones.
  public func restore(_ own: FloatMemory, into parameters: UnsafeMutablePointer<Float>) {
    var start = 0
    for range in ranges {
      (parameters + range.lowerBound).update(from: own.base + start, count: range.count)
      start += range.count
    }
  }

  /// Keeps a client's own parameters.
  func keep(_ parameters: UnsafePointer<Float>, in own: FloatMemory) {
    var start = 0
    for range in ranges {
      (own.base + start).update(from: parameters + range.lowerBound, count: range.count)
      start += range.count
    }
  }

  /// Takes the personal parameters out of an update.
  func clear(_ update: UnsafeMutablePointer<Float>) {
    for range in ranges {
      (update + range.lowerBound).update(repeating: 0, count: range.count)
    }
  }
}
