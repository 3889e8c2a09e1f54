import Checkpoints
import Foundation
import Interchange
import Testing

@Suite struct SafetensorsTests {
  /// The bytes of a file with a header as it is written and so many bytes of data.
  private func file(_ header: String, data: Int) -> Data {
    var bytes = Data()
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { bytes.append(contentsOf: $0) }
    return bytes + Data(header.utf8) + Data((0..<data).map { UInt8(truncatingIfNeeded: $0) })
  }

  private func problem(_ header: String, data: Int) throws -> String {
    try withFile("x.safetensors", file(header, data: data)) { path in
      do {
        _ = try SafetensorsFile(path)
        return ""
      } catch let error as InterchangeError {
        return "\(error)".replacingOccurrences(of: path + ": ", with: "")
      }
    }
  }

  @Test func whatIsWrittenIsReadBackBitByBit() throws {
    let tensors = [
      CheckpointTensor(
        path: "a.weight", shape: [2, 3], values: [1, -0.0, .nan, .leastNonzeroMagnitude, 5, 6]),
      CheckpointTensor(path: "scalar \"é\"", shape: [], values: [7]),
      CheckpointTensor(path: "none", shape: [0, 4], values: []),
    ]
    try withFile(
      "x.safetensors",
      SafetensorsWriter.bytes(tensors, metadata: ["format": "pt", "a\nb": "\u{1}"])
    ) { path in
      let file = try SafetensorsFile(path)
      #expect(file.tensors.map(\.path).sorted() == tensors.map(\.path).sorted())
      #expect(file.metadata == ["format": "pt", "a\nb": "\u{1}"])
      for (index, tensor) in file.tensors.enumerated() {
        let original = try #require(tensors.first { $0.path == tensor.path })
        #expect(tensor.shape == original.shape)
        #expect(try file.values(index).map(\.bitPattern) == original.values.map(\.bitPattern))
      }
    }
  }

  @Test func dataBeginsAtAMultipleOfEight() {
    let bytes = SafetensorsWriter.bytes([CheckpointTensor(path: "a", shape: [1], values: [1])])
    #expect((bytes.count - 4) % 8 == 0)
  }

  @Test func readsWhatPyTorchWrote() throws {
    // {"a": 2 x 3 float32 0...5, "b": float16, "c": bfloat16, "d": float64, "e": int64}, by
    // `safetensors.torch.save_file`; see Tests/Reference/make.py.
    let path =
      URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path
      + "/Reference/types.safetensors"
    let file = try SafetensorsFile(path)
    var found: [String: [Float]] = [:]
    for (index, tensor) in file.tensors.enumerated() { found[tensor.path] = try file.values(index) }
    #expect(
      found == [
        "a": [0, 1, 2, 3, 4, 5], "b": [0.5, -65504, 0], "c": [1, -3.140625], "d": [0.1, 1e-30],
        "e": [7_504],
      ])
  }

  @Test(arguments: [
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#,
      12, "overlap"
    ),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "leave a gap"),
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 4,
      "its tensors have 8 bytes, its data 4"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 9,
      "its tensors have 4 bytes, its data 9"
    ),
    (#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, 8, "do not hold F32 elements"),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
      4, "\"a\" occurs twice"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[281474976710656,65536],"data_offsets":[0,4]}}"#, 4, "too large"
    ),
    (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, "bad extent"),
    (#"{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}"#, 4, "bad extent"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4, "data_offsets"),
    (#"{"a":{"shape":[1],"data_offsets":[0,4]}}"#, 4, "no dtype"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#, 4, "expected a comma"),
    (#"[1]"#, 0, "no object"),
    (#"{"__metadata__":{"a":1}}"#, 0, "no string"),
    (#"{"\ud800":1}"#, 0, "surrogate"),
    (String(repeating: "[", count: 100), 0, "nested too deeply"),
  ])
  func refusesHostileHeaders(_ header: String, _ data: Int, _ expected: String) throws {
    let problem = try problem(header, data: data)
    #expect(problem.contains(expected), "\(problem)")
  }

  @Test(arguments: [UInt64.max, 1 << 62, 100_000_001, 1_000])
  func refusesAHeaderLongerThanTheFile(_ length: UInt64) throws {
    var bytes = Data()
    withUnsafeBytes(of: length.littleEndian) { bytes.append(contentsOf: $0) }
    try withFile("x.safetensors", bytes + Data(repeating: 0x20, count: 100)) { path in
      #expect(throws: InterchangeError.self) { try SafetensorsFile(path) }
    }
  }

  @Test func refusesElementsThatItDoesNotKnowWhenTheyAreWanted() throws {
    let header = #"{"a":{"dtype":"F8_E5M2","shape":[4],"data_offsets":[0,4]}}"#
    try withFile("x.safetensors", file(header, data: 4)) { path in
      let file = try SafetensorsFile(path)
      let error = #expect(throws: InterchangeError.self) { try file.values(0) }
      #expect(error.map { "\($0)".contains("F8_E5M2") } == true)
    }
  }

  @Test func namesAMissingFile() {
    let error = #expect(throws: InterchangeError.self) {
      try SafetensorsFile("/nowhere/x.safetensors")
    }
    #expect(error.map { "\($0)" }?.hasPrefix("/nowhere/x.safetensors: cannot be read") == true)
  }
}
