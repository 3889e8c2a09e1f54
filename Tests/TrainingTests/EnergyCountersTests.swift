import Foundation
import Testing
import Training

@Suite struct EnergyCountersTests {
  /// A folder like the kernel's with two packages and a part of one.
  private func folder(_ packages: [(microjoules: Int, range: Int)]) throws -> URL {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    for (number, package) in packages.enumerated() {
      for name in ["intel-rapl:\(number)", "intel-rapl:\(number):0"] {
        let folder = root.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try "\(package.microjoules)\n".write(
          to: folder.appendingPathComponent("energy_uj"), atomically: true, encoding: .utf8)
        try "\(package.range)\n".write(
          to: folder.appendingPathComponent("max_energy_range_uj"), atomically: true,
          encoding: .utf8)
      }
    }
    return root
  }

  @Test func addsUpPackagesAndNoPartsOfThem() throws {
    let folder = try folder([(5_000_000, 9_000_000), (3_000_000, 9_000_000)])
    defer { try? FileManager.default.removeItem(at: folder) }
    let counters = try #require(EnergyCounters(folder: folder.path))
    #expect(counters.joules(since: [1_000_000, 2_000_000]) == 5)
  }

  @Test func goesOnWhereACounterBeginsAnew() throws {
    let folder = try folder([(1_000_000, 9_000_000)])
    defer { try? FileManager.default.removeItem(at: folder) }
    let counters = try #require(EnergyCounters(folder: folder.path))
    #expect(counters.joules(since: [8_000_000]) == 2)
  }

  @Test func withoutCountersThereIsNone() throws {
    let folder = try folder([])
    #expect(EnergyCounters(folder: folder.path) == nil)
  }
}
