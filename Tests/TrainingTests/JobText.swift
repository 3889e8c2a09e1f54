import Training

/// A job for tests, with parts to be replaced.
struct JobText {
  var data = "{train: shards/train-*.h5, test: shards/test.h5}"
  var input = "[1, 8, 8]"
  var layers = ["conv2d: {filters: 4, kernel: 3}", "flatten", "dense: {units: 10}"]
  var loss = "softmaxCrossEntropy"
  var optimizer = "adam"
  var training = "{epochs: 2}"
  /// Lines behind the others.
  var rest: [String] = []

  /// Line 1 is `data`, line 5 the first layer.
  var text: String {
    let lines =
      ["data: \(data)", "model:", "  input: \(input)", "  layers:"]
      + layers.map { "    - " + $0 }
      + ["loss: \(loss)", "optimizer: \(optimizer)", "training: \(training)"] + rest
    return lines.joined(separator: "\n") + "\n"
  }

  /// The job, as if read from `jobs/x.yaml` in the folder `/somewhere`.
  func job(_ overrides: String...) throws(JobError) -> Job {
    try Job(
      text: text, file: "jobs/x.yaml", overrides: overrides, currentFolder: "/somewhere")
  }

  /// The message of the refusal; nil if the job is accepted.
  func refusal(_ overrides: String...) -> String? {
    do {
      _ = try Job(
        text: text, file: "jobs/x.yaml", overrides: overrides, currentFolder: "/somewhere")
      return nil
    } catch {
      return error.description
    }
  }
}
