import Datasets
import Foundation
import HDF5
import Importers
import Testing

/// A folder that goes with the value that made it, for sources and shards.
final class ImportFolder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "trireme-importers-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a file, and the folders above it.
  @discardableResult func write(_ bytes: [UInt8], as name: String) throws -> String {
    let url = URL(fileURLWithPath: self(name))
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    return url.path
  }

  @discardableResult func write(_ text: String, as name: String) throws -> String {
    try write(Array(text.utf8), as: name)
  }

  @discardableResult func write(base64 text: String, as name: String) throws -> String {
    try write([UInt8](try #require(Data(base64Encoded: text))), as: name)
  }

  /// Writes the shards of a plan as one process would; returns their paths.
  func shards(_ plan: ImportPlan, normalization: Normalization? = nil) throws -> [String] {
    let writer = ShardWriter(folder: path)
    return try plan.files.map { file in
      try writer.write(file, plan.settings, normalization: normalization) { _ in }
      try writer.finish(file.name)
      return self(file.name)
    }
  }
}

/// Features and labels of a sample as numbers.
func sample(_ samples: any SourceSamples, _ index: Int) throws -> (
  features: [Double], label: Double
) {
  func numbers(
    _ type: ScalarType, _ count: Int, _ read: (UnsafeMutableRawBufferPointer) throws -> Void
  )
    throws -> [Double]
  {
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: count * type.byteCount, alignment: 8)
    defer { memory.deallocate() }
    try read(memory)
    return (0..<count).map { index in
      let start = index * type.byteCount
      return switch type {
      case .uint8: Double(memory[start])
      case .uint16: Double(memory.load(fromByteOffset: start, as: UInt16.self))
      case .int32: Double(memory.load(fromByteOffset: start, as: Int32.self))
      case .float32: Double(memory.load(fromByteOffset: start, as: Float.self))
      case .float64: memory.load(fromByteOffset: start, as: Double.self)
      default: .nan
      }
    }
  }
  let layout = samples.layout
  let features = try numbers(layout.featureType, layout.featureShape.reduce(1, *)) {
    try samples.readFeatures(index, into: $0)
  }
  let label = try layout.labelType.map { type in
    try numbers(type, 1) { try samples.readLabels(index, into: $0) }[0]
  }
  return (features, label ?? .nan)
}

/// The text of an import error.
func refusal(_ body: () throws -> Void) -> String {
  do {
    try body()
    return "no error"
  } catch {
    return "\(error)"
  }
}
