import Datasets
import Federated
import MPI

/// The train split as one silo sees it: its own samples, under the numbers that they have among those
/// of all silos. Those of the others cannot be read.
final class SiloSource: SampleSource {
  private let own: any SampleSource
  /// The numbers of this silo's samples.
  let range: Range<Int>
  /// Samples of all silos.
  let count: Int

  init(_ own: any SampleSource, startingAt start: Int, of count: Int) {
    self.own = own
    range = start..<start + own.count
    self.count = count
  }

  var name: String { own.name }
  var featureShape: [Int] { own.featureShape }
  var labelShape: [Int] { own.labelShape }
  var labelKind: LabelKind { own.labelKind }
  var classNames: [String] { own.classNames }

  func read(
    _ indices: UnsafeBufferPointer<Int>, into features: UnsafeMutableBufferPointer<Float>,
    labels: LabelBuffer
  ) throws(DatasetError) {
    let mine = indices.map { index in
      precondition(range.contains(index), "sample \(index) belongs to another silo than \(range)")
      return index - range.lowerBound
    }
    // A typed error does not pass through a closure of the standard library: it is carried.
    let result = mine.withUnsafeBufferPointer { mine -> Result<Void, DatasetError> in
      do throws(DatasetError) {
        return .success(try own.read(mine, into: features, labels: labels))
      } catch {
        return .failure(error)
      }
    }
    try result.get()
  }
}

/// What the ranks of a silo open, and what they know of the others: names and numbers of samples.
struct SiloData {
  let data: TrainingData
  let source: any SampleSource
  let clients: [Client]

  /// Opens this silo's shard, and only that. Collective, blocking.
  init(_ job: Job, _ silos: Silos, on world: Communicator) throws {
    let opened = try world.agreeing { () -> (name: String, data: TrainingData) in
      let file = try Self.file(of: job, silos)
      guard case .shards(let train, let test) = job.data, let first = train.first else {
        throw Self.needsFiles
      }
      var own = job
      own.data = .shards(
        train: [Job.DataPath(pattern: file, place: first.place)], test: test)
      let name = file.split(separator: "/").last.map(String.init) ?? file
      do {
        return (name, try TrainingData(own))
      } catch let failure as Failure {
        throw Failure(failure.exitCode, "\(name) of silo \(silos.number): \(failure.description)")
      }
    }
    data = opened.data
    let train = opened.data.train
    let layout = "\(train.featureShape) \(train.labelShape) \(train.labelKind)"
    let lines = try world.allGather("\(train.count)\n\(layout)\n\(opened.name)").map {
      $0.split(separator: "\n", maxSplits: 2).map(String.init)
    }
    let leading = silos.leaders.map { lines[$0] }
    try world.agreeing {
      for (number, line) in leading.enumerated() where line[1] != leading[0][1] {
        throw Failure(
          .badData,
          "\(line[2]) of silo \(number) has samples of \(line[1]), \(leading[0][2]) of silo 0 of \(leading[0][1]): all silos train one model"
        )
      }
    }
    let counts = leading.map { Int($0[0]) ?? 0 }
    let starts = counts.indices.map { counts[..<$0].reduce(0, +) }
    clients = counts.indices.map {
      Client(
        id: $0, name: leading[$0][2], samples: Array(starts[$0]..<starts[$0] + counts[$0]))
    }
    source = SiloSource(train, startingAt: starts[silos.number], of: counts.reduce(0, +))
  }

  /// The one shard of this silo.
  private static func file(of job: Job, _ silos: Silos) throws -> String {
    guard case .shards(let train, _) = job.data, job.federated?.partition == .files else {
      throw needsFiles
    }
    let files = try ShardPaths.expand(train.map(\.pattern))
    guard files.count == silos.count else {
      throw Failure(
        .usage,
        "federated.silos.count is \(silos.count), but data.train names \(files.count) shards: a silo holds one"
      )
    }
    return files[silos.number]
  }

  private static var needsFiles: Failure {
    Failure(
      .usage,
      "silos hold a shard each: write federated.partition as files, and the shards as data.train")
  }
}
