import Foundation

/// What the doctor knows of one rank.
package struct DoctorFacts: Codable, Sendable, Equatable {
  /// The number of the rank.
  package var rank: Int
  /// The name of the host, as MPI gives it.
  package var host: String
  /// The cores that the rank may run on, from its affinity mask.
  package var cores: [Int]
  /// The cores of the host that are switched on.
  package var onlineCores: Int
  /// The threads that the rank will compute with.
  package var threads: Int
  /// A digest of the program.
  package var binary: String
  /// Bytes free in `/dev/shm`; nil without one.
  package var freeSharedMemory: Int?

  package init(
    rank: Int, host: String, cores: [Int], onlineCores: Int, threads: Int, binary: String,
    freeSharedMemory: Int?
  ) {
    self.rank = rank
    self.host = host
    self.cores = cores
    self.onlineCores = onlineCores
    self.threads = threads
    self.binary = binary
    self.freeSharedMemory = freeSharedMemory
  }
}

extension DoctorFacts {
  /// What this process finds about itself.
  static func here(rank: Int, host: String, threads: Int) -> DoctorFacts {
    let cores = allowedCores
    let online = try? String(contentsOfFile: "/sys/devices/system/cpu/online", encoding: .utf8)
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: "/dev/shm")
    return DoctorFacts(
      rank: rank, host: host, cores: cores,
      onlineCores: online.map { numbers(inList: $0).count } ?? cores.count, threads: threads,
      binary: digest(ofFile: "/proc/self/exe"),
      freeSharedMemory: (attributes?[.systemFreeSize] as? NSNumber)?.intValue)
  }

  /// The cores that this process may run on, from its affinity mask.
  package static var allowedCores: [Int] {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let mask = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
    return numbers(inList: mask?.split(separator: ":").last.map(String.init) ?? "")
  }

  /// The numbers of a list of the kernel's, such as `0-3,8`.
  package static func numbers(inList text: String) -> [Int] {
    text.split(whereSeparator: { $0 == "," || $0.isWhitespace }).flatMap { part -> [Int] in
      let ends = part.split(separator: "-").compactMap { Int($0) }
      guard let first = ends.first, let last = ends.last, first <= last else { return [] }
      return Array(first...last)
    }
  }

  /// A digest that tells two builds apart: FNV-1a over words of eight bytes; empty if the file
  /// cannot be read.
  package static func digest(ofFile path: String) -> String {
    guard let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    else { return "" }
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    data.withUnsafeBytes { bytes in
      let words = bytes.count / 8
      for index in 0..<words {
        let word = bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
        hash = (hash ^ word) &* 0x100_0000_01b3
      }
      for byte in bytes[(words * 8)...] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
    return String(hash, radix: 16)
  }
}
