import Collectives
import Foundation
import MPI

/// A rank of a simulated cluster: the project's own bucket schedule and collectives under SimGrid's MPI,
/// where computing takes simulated time only. `simulate.sh` builds it together with StepProfile.swift.
///
///     simulation tune                                          latency and rate between ranks 0 and 1
///     simulation PROFILE ALGORITHM BUCKET_BYTES STEPS          a step, as StepReplay would predict it
///
/// Prints one JSON object.
@_cdecl("swift_main")
public func swiftMain(
  _ count: Int32, _ words: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> Int32 {
  let words = (0..<Int(count)).map { words[$0].map { String(cString: $0) } ?? "" }
  // SimGrid runs all ranks on one thread.
  return withMPI(threading: .single) { world in
    if words.count == 2, words[1] == "tune" {
      try tune(on: world)
    } else if words.count == 5, let bytes = Int(words[3]), let steps = Int(words[4]),
      let choice = AllReduceChoice(rawValue: words[2])
    {
      let data = try Data(contentsOf: URL(fileURLWithPath: words[1]))
      try run(
        JSONDecoder().decode(StepProfile.self, from: data), choice, bytes, steps, on: world)
    } else {
      print("simulation tune | PROFILE ALGORITHM BUCKET_BYTES STEPS")
      return 2
    }
    return 0
  }
}

/// Simulated computation: SimGrid's function, in seconds.
@_silgen_name("smpi_execute")
private func execute(_ seconds: Double)

private func tune(on world: Communicator) throws {
  let model = try AllReduceModel.measured(on: world)
  if world.isRoot { print(String(decoding: try JSONEncoder().encode(model), as: UTF8.self)) }
}

/// What `GradientAccumulator` does in a step: ops, buckets when they are ready, a look at the network after
/// each op, the wait, the update.
private func run(
  _ profile: StepProfile, _ choice: AllReduceChoice, _ bytes: Int, _ steps: Int,
  on world: Communicator
) throws {
  let buckets = profile.buckets(bytes: bytes)
  var ranges: [Range<Int>] = []
  for bucket in buckets {
    let start = ranges.last?.upperBound ?? 0
    ranges.append(start..<start + bucket.count)
  }
  let array = UnsafeMutableBufferPointer<Float>.allocate(capacity: ranges.last?.upperBound ?? 0)
  array.initialize(repeating: Float(world.rank))
  let reduction = try choice.make(Float.self, on: world)
  let pipeline = BucketPipeline(
    buckets.map { _ in reduction }, buckets: ranges, parts: [array], result: array)
  var times: [Double] = []
  for _ in 0..<steps {
    try world.barrier()
    let start = wallClock()
    pipeline.begin()
    var owed = 0.0
    for (index, op) in profile.opMicroseconds.enumerated() {
      owed += op / 1e6
      // Shorter computations than a microsecond are not simulated.
      if owed >= 2e-6 {
        execute(owed)
        owed = 0
      }
      pipeline.markReady(buckets.dropLast().prefix { $0.readyAfter <= index + 1 }.count)
      if pipeline.isBusy { try pipeline.progress() }
    }
    try pipeline.finish()
    execute(profile.updateMicroseconds / 1e6)
    times.append((wallClock() - start) * 1e6)
  }
  // The sum of ranks, P times the same: what was simulated has been computed, too.
  let slowest = try world.allReduce(times[times.count - 1], .maximum)
  guard world.isRoot else { return }
  let sum = Float(world.size * (world.size - 1) / 2)
  let isRight = steps > 1 || array.allSatisfy { $0 == sum }
  print(
    "{\"ranks\":\(world.size),\"stepMicroseconds\":\(slowest),\"buckets\":\(buckets.count),\"isRight\":\(isRight)}"
  )
}
