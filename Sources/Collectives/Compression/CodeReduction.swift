import CKernels
import MPI

/// The sum of gradients that travel as codes which only their receivers add up: signs, or the largest
/// elements. Each rank sends its code to each other, and adds up all codes in the order of ranks.
///
///     rank 0   code 0 ─► 1, 2        result = code 0 + code 1 + code 2
///     rank 1   code 1 ─► 0, 2        result = code 0 + code 1 + code 2
///     rank 2   code 2 ─► 0, 1        result = code 0 + code 1 + code 2
///
/// A rank sends and receives (P - 1) codes.
final class CodeReduction: StartedReduction {
  /// How elements become words.
  enum Code {
    case sign
    case topK(count: Int)
  }

  private let communicator: Communicator
  private let code: Code
  private let rest: UnsafeMutableBufferPointer<Float>
  private let wordCount: Int
  private var words: Buffer<UInt32>
  private var requests: RequestSet
  private var flight: (result: UnsafeMutableBufferPointer<Float>, factor: Float)?

  init(_ code: Code, rest: UnsafeMutableBufferPointer<Float>, on communicator: Communicator) {
    self.communicator = communicator
    self.code = code
    self.rest = rest
    wordCount =
      switch code {
      case .sign: 1 + (rest.count + 31) / 32
      case .topK(let count): 2 * count
      }
    words = Buffer(repeating: 0, count: wordCount * communicator.size)
    requests = RequestSet(capacity: 2 * max(communicator.size - 1, 1))
  }

  func start(
    _ parts: [UnsafeMutableBufferPointer<Float>], into result: UnsafeMutableBufferPointer<Float>,
    scaledBy factor: Float
  ) throws(MPIError) {
    guard let x = withRest(parts, rest), let rest = rest.baseAddress else { return }
    let own = words(of: communicator.rank)
    guard let first = own.baseAddress else { return }
    switch code {
    case .sign:
      let size = Float(ck_sum_absolute(x, result.count) / Double(result.count))
      first[0] = size.bitPattern
      ck_take_signs(x, size, first + 1, rest, result.count)
    case .topK(let count):
      ck_take_largest(x, count, first, rest, result.count)
    }
    flight = (result, factor)
    for peer in 0..<communicator.size where peer != communicator.rank {
      try communicator.startReceive(into: words(of: peer), from: peer, in: &requests)
      try communicator.startSend(UnsafeBufferPointer(own), to: peer, in: &requests)
    }
  }

  func advance(waiting: Bool) throws(MPIError) -> Bool {
    guard let flight else { return true }
    guard try requests.endAll(waiting: waiting) else { return false }
    flight.result.update(repeating: 0)
    if let sum = flight.result.baseAddress {
      for rank in 0..<communicator.size { add(words(of: rank), to: sum, flight.result.count) }
    }
    scale(flight.result, by: flight.factor)
    self.flight = nil
    return true
  }

  func abandon() {
    requests.abandon()
    flight = nil
  }

  private func add(
    _ words: UnsafeMutableBufferPointer<UInt32>, to sum: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    guard let first = words.baseAddress else { return }
    switch code {
    case .sign:
      ck_add_signs(first + 1, Float(bitPattern: first[0]), sum, count)
    case .topK(let kept):
      for index in 0..<kept { sum[Int(first[index])] += Float(bitPattern: first[kept + index]) }
    }
  }

  /// The code of a rank. The memory lives as long as this object, and nobody else touches it.
  private func words(of rank: Int) -> UnsafeMutableBufferPointer<UInt32> {
    words.withUnsafeMutableBufferPointer { $0.part(rank * wordCount..<(rank + 1) * wordCount) }
  }
}
