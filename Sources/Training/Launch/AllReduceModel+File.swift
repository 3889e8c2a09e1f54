public import Collectives
import Foundation
import MPI

extension AllReduceModel {
  /// Reads a model that `trireme bench allreduce --tune` wrote. Local.
  ///
  /// - Throws: `Failure` that names the file.
  public init(file: String) throws {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: file))
    } catch {
      throw Failure(.inputOutput, "\(file): cannot be read: \(error.localizedDescription)")
    }
    do {
      self = try JSONDecoder().decode(AllReduceModel.self, from: data)
    } catch {
      throw Failure(
        .badData,
        "\(file): is no model of an all-reduce; write one with trireme bench allreduce --tune FILE")
    }
    for (name, path) in [("node", node), ("network", network), ("window", window)] {
      guard path.latency >= 0, path.rate > 0 else {
        throw Failure(
          .badData,
          "\(file): \(name): latency \(path.latency) us and rate \(path.rate) GB/s are no path; the one must not be negative, the other be positive"
        )
      }
    }
  }

  /// Writes the model. Local.
  ///
  /// - Throws: `Failure` that names the file.
  public func write(toFile file: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    do {
      try encoder.encode(self).write(to: URL(fileURLWithPath: file), options: .atomic)
    } catch {
      throw Failure(.inputOutput, "\(file): cannot be written: \(error.localizedDescription)")
    }
  }
}

extension Job {
  /// The model by which `auto` chooses, the same on all ranks: the root alone reads the file. Collective.
  func allReduceModel(on world: Communicator) throws -> AllReduceModel {
    guard let path = parallel.allReduceModel else { return AllReduceModel() }
    let text = try world.agreeing { () throws -> String in
      guard world.isRoot else { return "" }
      let model = try AllReduceModel(file: path.pattern)
      return String(decoding: try JSONEncoder().encode(model), as: UTF8.self)
    }
    let common = try world.broadcast(text, from: 0)
    return try JSONDecoder().decode(AllReduceModel.self, from: Foundation.Data(common.utf8))
  }
}
