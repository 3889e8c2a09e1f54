import Testing

/// Layers, losses, optimizers and schedules against PyTorch, which computed in double precision what
/// `Tests/Reference/make.py` wrote.
///
/// Differences are measured against the largest number of a tensor: 1e-5 for outputs and losses, 1e-4
/// for gradients and what follows from them.
@Suite struct ReferenceTests {
  @Test(arguments: ReferenceCase.names(in: "layers"))
  func layersAgreeWithPyTorch(_ name: String) throws { try check(name, in: "layers") }

  @Test(arguments: ReferenceCase.names(in: "networks"))
  func networksAgreeWithPyTorch(_ name: String) throws { try check(name, in: "networks") }

  @Test(arguments: ReferenceCase.names(in: "losses"))
  func lossesAgreeWithPyTorch(_ name: String) throws { try check(name, in: "losses") }

  @Test(arguments: ReferenceCase.names(in: "optimizers"))
  func optimizersAgreeWithPyTorch(_ name: String) throws { try check(name, in: "optimizers") }

  @Test(arguments: ReferenceCase.names(in: "schedules"))
  func schedulesAgreeWithPyTorch(_ name: String) throws {
    let reference = try ReferenceCase(name, in: "schedules")
    for (index, rate) in try reference.rates().enumerated() {
      let ours = reference.job.optimizer.schedule.learningRate(step: index + 1)
      #expect(abs(ours - rate) <= 1e-9 * abs(rate) + 1e-15, "step \(index + 1): \(ours), \(rate)")
    }
  }

  @Test func everyFileHasItsCases() {
    for file in ["layers", "networks", "losses", "optimizers", "schedules"] {
      #expect(ReferenceCase.names(in: file).count >= 10, "\(file)")
    }
  }

  private func check(_ name: String, in file: String) throws {
    let reference = try ReferenceCase(name, in: file)
    let run = try ReferenceRun(reference)
    try run.run()
    agree(run.output, try reference.values("output"), 1e-5, "output")
    agree([run.loss], try reference.values("loss"), 1e-5, "loss")
    for path in run.trained {
      agree(
        try run.gradient(path), try reference.values("gradients/\(path)"), 1e-4, "gradient \(path)")
    }
    run.update(step: 1)
    for step in 2...5 {
      try run.run()
      run.update(step: step)
    }
    for path in run.paths {
      agree(try run.parameter(path), try reference.values("after/\(path)"), 1e-4, "after \(path)")
    }
    agree(try run.evaluated(), try reference.values("evaluated"), 1e-4, "evaluated")
    guard try reference.has("average") else { return }
    for path in run.trained {
      agree(
        try run.average(path), try reference.values("average/\(path)"), 1e-4, "average \(path)")
    }
  }

  private func agree(_ ours: [Float], _ theirs: [Float], _ tolerance: Float, _ what: String) {
    guard ours.count == theirs.count else {
      Issue.record("\(what): \(ours.count) numbers, \(theirs.count) expected")
      return
    }
    // A gradient that is zero in theory is a sum of rounding errors in both.
    let scale = max(theirs.map(abs).max() ?? 0, 1e-3)
    let distance = zip(ours, theirs).map { abs($0 - $1) }.max() ?? 0
    #expect(distance <= tolerance * scale, "\(what): \(distance / scale) of the largest number")
  }
}
