import Datasets
import Foundation
import MPI

/// Digests of everything that ranks must have in common, compared before they exchange anything else:
/// ranks that compute different things would hang, or train on nonsense.
package struct JobFingerprint: Equatable, Sendable {
  /// What a digest is of, in the order in which differences are reported.
  package enum Part: String, CaseIterable, Sendable {
    case job = "job file"
    case graph
    case data
    case threads
    case libraries = "program or libraries"
  }

  /// A digest for each part.
  package let digests: [UInt64]

  package init(digests: [UInt64]) { self.digests = digests }

  /// Digests of a job as this rank sees it. Local.
  ///
  /// The paths of data do not count: a node may keep its copy elsewhere. What they hold does: sizes,
  /// shapes, names of classes, and three samples. Nor does the path of a file that the root alone reads.
  init(_ job: Job, data: TrainingData, threads: Int) throws {
    var plain = job
    plain.parallel.allReduceModel = nil
    if case .shards = job.data { plain.data = .shards(train: [], test: []) }
    digests = [
      Self.digest([plain.yaml]),
      Self.digest([try job.graphviz(name: "job", batchSize: 1, isTraining: true)]),
      Self.digest(try Self.content(data.train) + (try data.test.map(Self.content) ?? [])),
      Self.digest(["\(threads)"]),
      Self.digest(Self.libraries()),
    ]
  }

  /// Compares the digests of all ranks. Collective, blocking.
  ///
  /// - Throws: `AgreedFailure` with exit code 2 after one rank has printed both digests.
  func agree(on world: Communicator) throws {
    guard world.size > 1 else { return }
    let all = try world.allGather(digests)
    let hosts = try world.allGather(world.processorName)
    let count = digests.count
    try world.agreeing {
      let difference = Self.difference(
        of: (0..<world.size).map { rank in
          JobFingerprint(digests: Array(all[rank * count..<(rank + 1) * count]))
        }, hosts: hosts)
      if let difference { throw Failure(.usage, difference) }
    }
  }

  /// What is wrong, nil if all ranks have the same.
  package static func difference(of ranks: [JobFingerprint], hosts: [String]) -> String? {
    for (index, part) in Part.allCases.enumerated() {
      guard
        let other = ranks.indices.first(where: {
          ranks[$0].digests[index] != ranks[0].digests[index]
        })
      else { continue }
      return
        "rank \(other) on \(hosts[other]) has another \(part.rawValue) than rank 0 on \(hosts[0]): hash \(hex(ranks[other].digests[index])) instead of \(hex(ranks[0].digests[index])); start all ranks with the same"
    }
    return nil
  }

  private static func hex(_ digest: UInt64) -> String {
    let digits = String(digest, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// FNV-1a over the bytes of all texts, each ended by a zero.
  package static func digest(_ texts: [String]) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for text in texts {
      for byte in Array(text.utf8) + [0] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
    return hash
  }

  private static func content(_ source: any SampleSource) throws -> [String] {
    let samples = try source.read([0, source.count / 2, source.count - 1])
    return [
      source.name, "\(source.count) \(source.featureShape) \(source.labelShape)",
      "\(source.labelKind) \(source.classNames)",
      "\(samples.features.map(\.bitPattern)) \(samples.classes) \(samples.targets.map(\.bitPattern))",
    ]
  }

  /// This program, the libraries that it runs with, and what decides which kernels they take.
  private static func libraries() -> [String] {
    let maps = (try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8)) ?? ""
    let names = maps.split(separator: "\n").compactMap {
      $0.split(separator: "/").last.map(String.init)
    }
    let used = Set(
      names.filter { name in
        ["libdnnl", "libhdf5", "libmpi.", "libgomp"].contains { name.hasPrefix($0) }
      })
    let processor = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let flags = processor.split(separator: "\n").first { $0.hasPrefix("flags") } ?? ""
    let vectors = flags.split(separator: " ").filter { $0.hasPrefix("avx") || $0.hasPrefix("amx") }
    return [DoctorFacts.digest(ofFile: "/proc/self/exe")] + used.sorted()
      + vectors.map(String.init).sorted()
      + [ProcessInfo.processInfo.environment["DNNL_MAX_CPU_ISA"] ?? ""]
  }
}
