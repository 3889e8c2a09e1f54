import Foundation
import Testing

extension EndToEnd {
  /// Checkpoints as Python sees them. Without an interpreter that has h5py (`PYTHON`, else
  /// `python3`) these tests are skipped.
  @Suite(.enabled(if: Python.hasH5py, "no python with h5py; name one in PYTHON"))
  struct PythonTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Lists all tensors with shape, type and a checksum of the elements.
    private func list(_ path: String) throws -> [String] {
      let program = """
        import h5py, sys
        with h5py.File(sys.argv[1], 'r') as file:
            for group in ['model'] + ['optimizer/' + slot for slot in sorted(file['optimizer'])]:
                for name, tensor in file[group].items():
                    print(group + '/' + name, list(tensor.shape), tensor[()].astype('f8').sum())
            print('step', file['state'].attrs['step'])
        """
      let command = try Command.run(words: [Python.interpreter, "-c", program, path])
      try #require(command.exitCode == 0, "\(command.stderr)")
      return command.stdout.split(separator: "\n").map(String.init)
    }

    @Test(arguments: [
      [], ["checkpoint.precision=float16"], ["checkpoint.precision=bfloat16"],
      ["checkpoint.layout=perRank"],
    ])
    func parametersAreListedWithPathsAndShapes(set: [String]) throws {
      let run = try TrainedFolder.train(
        digits, in: folder("run"), ranks: 2, set: ["training.steps=10"] + set)
      let lines = try list(run.latest)
      #expect(lines.contains { $0.hasPrefix("model/layers.0.weight [16, 1, 3, 3] ") })
      #expect(lines.contains { $0.hasPrefix("model/layers.5.bias [10] ") })
      #expect(
        lines.contains { $0.hasPrefix("optimizer/meanSquare/layers.1.weight [32, 16, 3, 3] ") })
      #expect(lines.last == "step 10")
    }
  }
}

/// The Python that tests may use.
enum Python {
  static let interpreter = ProcessInfo.processInfo.environment["PYTHON"] ?? "python3"

  static let hasH5py =
    (try? Command.run(words: [interpreter, "-c", "import h5py, numpy"]))?.exitCode == 0
}
