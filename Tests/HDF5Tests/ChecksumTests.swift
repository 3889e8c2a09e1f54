import Foundation
import HDF5
import Testing

@Suite struct ChecksumTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func damagedByteFailsTheChecksum() throws {
    let file = try File.create(folder("a.h5"))
    try file.createDataset("x", shape: [64], of: UInt8.self, filters: [.fletcher32]).write(
      [UInt8](repeating: 0xA7, count: 64))
    try file.close()
    var data = try Data(contentsOf: URL(fileURLWithPath: folder("a.h5")))
    let start = try #require(data.range(of: Data(repeating: 0xA7, count: 64))).lowerBound
    data[start + 10] ^= 1
    try data.write(to: URL(fileURLWithPath: folder("a.h5")))
    let error = #expect(throws: HDF5Error.self) {
      try File.open(folder("a.h5")).dataset("x", of: UInt8.self).read()
    }
    #expect(error?.description.contains("checksum") == true)
    #expect(error?.path.hasSuffix(":/x") == true)
  }
}
