public import Foundation

/// What a scaling test found: `results.json`.
public struct ScalingResults: Codable, Sendable, Equatable {
  /// The version of the file's form that this code writes and reads.
  public static let currentVersion = 1

  /// Points of one mode, by ranks.
  public struct Series: Codable, Sendable, Equatable {
    /// How the batch grows.
    public var mode: ScalingMode
    /// By number of ranks, ascending.
    public var points: [Point]
  }

  /// All-reduces by size on some ranks.
  public struct Bandwidth: Codable, Sendable, Equatable {
    /// One algorithm at one size.
    public struct Row: Codable, Sendable, Equatable {
      /// The algorithm.
      public var algorithm: String
      /// Bytes of each rank's buffer.
      public var bytes: Int
      /// A call.
      public var microseconds: Double
      /// What a link carries in the best algorithm of messages.
      public var busGBps: Double
      /// What memory carries in the best algorithm of shared memory.
      public var memoryGBps: Double
    }

    /// The number of ranks.
    public var ranks: Int
    /// Hosts on which they ran.
    public var hosts: Int
    /// By size.
    public var rows: [Row]
    /// What memory carries at most, when all ranks stream.
    public var rooflineGBps: Double
    /// What a message between hosts reaches; nil on one host.
    public var networkGBps: Double?

    /// What the all-reduce of about `bytes` bytes moves over what the machine moves at most: memory on
    /// one host, the network on several.
    func rooflineShare(algorithm: String, bytes: Int) -> Double? {
      let own = rows.filter { $0.algorithm == algorithm }
      let row = own.min { abs($0.bytes - bytes) < abs($1.bytes - bytes) }
      guard let row else { return nil }
      if hosts > 1 { return networkGBps.map { row.busGBps / $0 } }
      return rooflineGBps > 0 ? row.memoryGBps / rooflineGBps : nil
    }
  }

  /// Where it was measured.
  public struct Machine: Codable, Sendable, Equatable {
    /// The processor's name.
    public var processor: String
    /// Cores of the machine or of the allocation.
    public var cores: Int
    /// The most hosts of a run.
    public var hosts: Int

    /// A machine; see the properties.
    public init(processor: String, cores: Int, hosts: Int) {
      self.processor = processor
      self.cores = cores
      self.hosts = hosts
    }
  }

  /// The form of the file.
  public var formatVersion = currentVersion
  /// The job file.
  public var job: String
  /// When the test ended.
  public var date: Date
  /// Where.
  public var machine: Machine
  /// How ranks were started.
  public var launcher: String
  /// Rounds that count.
  public var rounds: Int
  /// Threads of a rank.
  public var threads: Int
  /// Whether ranks shared cores, so that ratios are no efficiencies.
  public var isShapeOnly: Bool
  /// One for each mode.
  public var series: [Series]
  /// One for each number of ranks above one.
  public var bandwidths: [Bandwidth]
  /// What a model says, to stand beside.
  public var predictions: [Prediction] = []
}

extension ScalingResults {
  /// Reads a file that ``json`` wrote.
  ///
  /// - Throws: `ScalingError` naming the file.
  public init(file: String) throws {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: file))
    } catch {
      throw ScalingError.unreadable("\(file): cannot be read (\(error.localizedDescription))")
    }
    do {
      self = try Self.decoder.decode(ScalingResults.self, from: data)
    } catch {
      throw ScalingError.malformed(
        "\(file) is no results.json of trireme scale (\(Self.describe(error)))")
    }
    guard formatVersion == Self.currentVersion else {
      throw ScalingError.malformed(
        "\(file) has the form \(formatVersion), this command reads \(Self.currentVersion)")
    }
  }

  private static func describe(_ error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, _): "no key \(key.stringValue)"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      "wrong type at \(context.codingPath.map(\.stringValue).joined(separator: "."))"
    default: "not JSON"
    }
  }

  private static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    return decoder
  }

  /// The file.
  ///
  /// - Throws: `EncodingError` if a number is not finite.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .iso8601
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }
}

/// Why there is no scaling test.
public enum ScalingError: Error, CustomStringConvertible, Equatable {
  /// Nothing that could be measured as asked.
  case refused(String)
  /// A run ended with an error.
  case runFailed(String, exitCode: Int32)
  /// A file cannot be read or written.
  case unreadable(String)
  /// A file holds something else.
  case malformed(String)

  /// What happened and what to do.
  public var description: String {
    switch self {
    case .refused(let text), .runFailed(let text, _), .unreadable(let text), .malformed(let text):
      text
    }
  }
}
