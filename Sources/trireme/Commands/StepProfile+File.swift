import Foundation
import Parallelism
import Training

extension StepProfile {
  /// Reads what ``write(to:)`` has written.
  ///
  /// - Throws: `Failure` with exit code 74 if there is no such file, 65 if it is something else.
  init(file path: String) throws {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw Failure(.inputOutput, "\(path): cannot be read; bench train --profile writes one")
    }
    do {
      self = try JSONDecoder().decode(StepProfile.self, from: data)
    } catch DecodingError.keyNotFound(let key, _) {
      throw Failure(
        .badData, "\(path): is no profile of bench train: the key \"\(key.stringValue)\" is missing"
      )
    } catch {
      throw Failure(.badData, "\(path): is no profile of bench train: \(error)")
    }
  }

  /// Writes JSON.
  func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    do {
      try encoder.encode(self).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw Failure(.inputOutput, "\(path): cannot be written: \(error.localizedDescription)")
    }
  }

  /// For people.
  var line: String {
    String(
      format:
        "%@: %d samples a rank: ops %.1f us, update %.1f us, deviation %.1f us; %d gradients in %d parameters",
      job, samples, computeMicroseconds, updateMicroseconds, jitterMicroseconds, gradientCount,
      parameters.count)
  }
}
