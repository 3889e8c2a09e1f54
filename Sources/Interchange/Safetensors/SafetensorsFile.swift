public import Checkpoints
import Foundation

// Note [Safetensors]
// The format is that of huggingface/safetensors:
//
//     | n: 8 bytes, little-endian | header: n bytes of JSON | data |
//
//     {"__metadata__": {"format": "pt"},
//      "fc.weight": {"dtype": "F32", "shape": [10, 5], "data_offsets": [0, 200]}, ...}
//
// Offsets count from the first byte of the data. Tensors follow each other without a gap and cover the
// data to its end: whatever does otherwise is refused, so that no byte is read as two tensors and none
// is hidden.

/// A safetensors file: its header is read and checked, its tensors are read when asked for.
public struct SafetensorsFile {
  /// Headers of more bytes are refused, as by the format's own library.
  public static let headerLimit = 100_000_000

  /// Path of the file as it was given.
  public let path: String
  /// Names and shapes in the order of the data.
  public let tensors: [TensorDescription]
  /// The free texts of the header.
  public let metadata: [String: String]

  private struct Place {
    let type: String
    let range: Range<Int>
  }
  private let places: [Place]
  private let data: Data
  private let dataStart: Int

  /// Opens a file. Local; the file is mapped, not read.
  ///
  /// - Throws: `InterchangeError`: `unreadable` if it cannot be read, `malformed` if its header is not
  ///   what the format asks for.
  public init(_ path: String) throws(InterchangeError) {
    self.path = path
    func malformed(_ problem: String) -> InterchangeError {
      .malformed(file: path, problem: problem)
    }
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    } catch {
      throw .unreadable(file: path, reason: "cannot be read: \(systemReason(error))")
    }
    guard data.count >= 8 else {
      throw malformed("is no safetensors file: it has \(data.count) bytes")
    }
    let length = data.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    guard length <= UInt64(Self.headerLimit), Int(length) <= data.count - 8 else {
      throw malformed(
        "is no safetensors file, or cut off: its header should have \(length) bytes, the file has \(data.count)"
      )
    }
    dataStart = 8 + Int(length)
    let header: JSONValue
    do {
      header = try JSONValue(data[8..<dataStart])
    } catch {
      throw malformed("byte \(8 + error.byte) of the header: \(error.problem)")
    }
    guard case .object(let members) = header else { throw malformed("the header is no object") }
    var metadata: [String: String] = [:]
    var found: [(TensorDescription, Place)] = []
    for (name, value) in members {
      guard name == "__metadata__" else {
        found.append(try Self.entry(name, value, path))
        continue
      }
      guard case .object(let texts) = value else { throw malformed("__metadata__ is no object") }
      for (key, text) in texts {
        guard case .text(let text) = text else {
          throw malformed("__metadata__.\(key) is no string")
        }
        metadata[key] = text
      }
    }
    found.sort {
      ($0.1.range.lowerBound, $0.1.range.upperBound) < (
        $1.1.range.lowerBound, $1.1.range.upperBound
      )
    }
    var end = 0
    for (tensor, place) in found {
      guard place.range.lowerBound == end else {
        throw malformed(
          "the bytes \(place.range) of \"\(tensor.path)\" \(place.range.lowerBound < end ? "overlap with" : "leave a gap after") those of the tensor before, which end at \(end)"
        )
      }
      end = place.range.upperBound
    }
    guard end == data.count - dataStart else {
      throw malformed("its tensors have \(end) bytes, its data \(data.count - dataStart)")
    }
    tensors = found.map(\.0)
    places = found.map(\.1)
    self.metadata = metadata
  }

  /// The elements of tensor `index` as float32, row-major.
  ///
  /// - Throws: `InterchangeError.malformed` if its element type is not understood.
  public func values(_ index: Int) throws(InterchangeError) -> [Float] {
    guard let format = NumberFormat(rawValue: places[index].type) else {
      throw .malformed(
        file: path,
        problem:
          "\"\(tensors[index].path)\" has elements of type \(places[index].type); understood are \(NumberFormat.allCases.map(\.rawValue).joined(separator: ", "))"
      )
    }
    let range = places[index].range
    return data.withUnsafeBytes {
      format.floats(
        UnsafeRawBufferPointer(
          rebasing: $0[dataStart + range.lowerBound..<dataStart + range.upperBound]))
    }
  }

  /// One tensor's part of the header.
  private static func entry(
    _ name: String, _ value: JSONValue, _ path: String
  ) throws(InterchangeError) -> (TensorDescription, Place) {
    func malformed(_ problem: String) -> InterchangeError {
      .malformed(file: path, problem: "\"\(name)\": \(problem)")
    }
    guard case .text(let type)? = value["dtype"] else { throw malformed("has no dtype") }
    guard case .list(let extents)? = value["shape"] else { throw malformed("has no shape") }
    var shape: [Int] = []
    var count = 1
    for extent in extents {
      guard let extent = extent.count else { throw malformed("a bad extent in its shape") }
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow, product < 1 << 48 else { throw malformed("its shape is too large") }
      shape.append(extent)
      count = product
    }
    guard case .list(let offsets)? = value["data_offsets"], offsets.count == 2,
      let start = offsets[0].count, let end = offsets[1].count, start <= end
    else { throw malformed("has no data_offsets [start, end]") }
    if let format = NumberFormat(rawValue: type), end - start != count * format.byteCount {
      throw malformed(
        "\(end - start) bytes do not hold \(type) elements of shape \(shape), which take \(count * format.byteCount)"
      )
    }
    return (TensorDescription(path: name, shape: shape), Place(type: type, range: start..<end))
  }
}

/// What the system says of an error of Foundation's file functions.
func systemReason(_ error: any Error) -> String {
  let inner = (error as NSError).userInfo[NSUnderlyingErrorKey] as? any Error
  return (inner as? POSIXError).map { String(cString: strerror($0.code.rawValue)) }
    ?? error.localizedDescription
}
