import CKernels
import COneDNN
import Graph

/// Puts the step of one recurrent op together: a kernel and its products for each step in time.
///
/// Everything is time-major, so that a step is one block: with batch-first memory the rows of a step
/// would be T·G·H floats apart, often a multiple of 4096 bytes, and drive each other out of the cache
/// (an LSTM's gradient took three times as long).
struct RecurrentSteps {
  typealias Part = WorkSequence.Part

  let recurrence: Recurrence
  let steps, samples, units: Int
  let sequence: WorkSequence
  /// Floats before the first step and after all, and the same as products take them.
  let states, factors: States
  /// W_h as products take it, G·H x H.
  let weights: BufferID
  /// Whether these steps compute the states, rather than gradients from them.
  private let computes: Bool
  /// Whether the first state is zero, so that its products need not be computed.
  let startsAtZero: Bool
  /// T x N.
  private let mask: BufferID?

  /// - Parameters:
  ///   - weights: G·H x H.
  ///   - state: N x H.
  ///   - y: T x N x H, which these steps compute or have computed.
  init(
    _ compiler: Compiler, _ recurrence: Recurrence, weights: TensorGraph.Value,
    state: TensorGraph.Value, y: TensorGraph.Value, computes: Bool, mask: BufferID?
  ) throws(EngineError) {
    self.recurrence = recurrence
    self.mask = mask
    self.computes = computes
    let shape = compiler.shape(y)
    (steps, samples, units) = (shape[0], shape[1], shape[2])
    let arithmetic = compiler.arithmetic(ofExtents: samples, units)
    sequence = WorkSequence(compiler, arithmetic)
    states = States(first: try compiler.plain(state), all: try compiler.plain(y))
    self.weights = try compiler.plain(weights, in: arithmetic)
    factors = States(
      first: try compiler.plain(state, in: arithmetic),
      all: computes
        ? try compiler.twin(of: y, in: arithmetic) : try compiler.plain(y, in: arithmetic))
    if case .constant(0) = compiler.program.nodes[state.node].op {
      startsAtZero = true
    } else {
      startsAtZero = false
    }
  }

  /// States before the first step, N x H, and after all, T x N x H.
  struct States {
    let first, all: BufferID
  }

  /// What products read that is no float, and where these steps keep such.
  var shortReads: [BufferID] {
    isFloat32 ? [] : [weights, factors.first] + (computes ? [] : [factors.all])
  }
  var shortWrites: [BufferID] { isFloat32 || !computes ? [] : [factors.all] }

  private var isFloat32: Bool { sequence.arithmetic == .float32 }

  /// N·H, the elements of a state.
  var stateCount: Int { samples * units }

  /// Step number `number` of T x N x `width` H.
  func at(_ number: Int, _ buffer: BufferID, width: Int = 1) -> Part {
    let step = recurrence.isReversed ? steps - 1 - number : number
    return Part(buffer: buffer, first: step * width * stateCount)
  }

  /// The state before step number `number`.
  func before(_ number: Int, _ states: States) -> Part {
    number == 0 ? Part(buffer: states.first) : at(number - 1, states.all)
  }

  // MARK: - Kernels

  /// Appends a kernel of step number `number`.
  func append(
    step number: Int, _ parts: [Part],
    _ kernel: @escaping (WorkSequence.Addresses, UnsafePointer<ck_step>) -> Void
  ) {
    let (samples, units, last, isMasked) = (samples, units, parts.count, mask != nil)
    sequence.append(parts + maskParts(number)) {
      var step = ck_step(samples: samples, units: units, mask: isMasked ? $0[last] : nil)
      kernel($0, &step)
    }
  }

  /// The mask of step number `number`, N, if there is one.
  private func maskParts(_ number: Int) -> [Part] {
    guard let mask else { return [] }
    return [Part(buffer: mask, first: at(number, mask).first / units)]
  }

  // MARK: - Products

  /// Appends a product of step number `number`. One that is padding in all samples leaves every state and
  /// its gradient as they are and needs none: in float32, batches of equal lengths save those.
  func append(
    _ product: StridedProduct, step number: Int, _ a: Part, _ b: Part, into c: Part
  ) throws(EngineError) {
    guard mask != nil, isFloat32 else {
      return try sequence.append(product, a, b, into: c)
    }
    let samples = samples
    sequence.append([a, b, c] + maskParts(number)) {
      if Self.counts($0[3], samples) { product.run($0[0], $0[1], $0[2]) }
    }
  }

  /// Appends dweights = dgatesᵀ h over all steps: `gates` of T x N x `width` H by the states before them.
  ///
  ///     steps     0     1     2  ...  T - 1        one product of (T - 1)·N rows, shifted by a step,
  ///     dgates   [0]  [ 1     2  ...  T - 1 ]      and one of N rows with the first state, unless that
  ///     h      [first][ 0     1  ...  T - 2 ]      is zero
  func appendWeights(
    _ dgates: BufferID, gates: Int, width: Int, into dweights: Part
  ) throws(EngineError) {
    var product = StridedProduct(
      m: gates * units, n: units, k: samples, strideA: width * units, strideB: units,
      strideC: units, transposeA: true)
    if startsAtZero {
      if steps == 1 { sequence.clear(dweights, count: product.m * product.n) }
    } else {
      try sequence.append(
        product, at(0, dgates, width: width), before(0, factors), into: dweights)
      product.adds = true
    }
    guard steps > 1 else { return }
    // In the order of memory, the gradients of all steps but the first, and the states that they had.
    product.k = (steps - 1) * samples
    let (later, earlier) = recurrence.isReversed ? (0, stateCount) : (stateCount, 0)
    let (slopes, h) = (
      Part(buffer: dgates, first: width * later), Part(buffer: factors.all, first: earlier)
    )
    guard let mask, isFloat32 else {
      return try sequence.append(product, slopes, h, into: dweights)
    }
    appendWeights(product, slopes, h, Part(buffer: mask, first: later / units), into: dweights)
  }

  /// The same without the steps at both ends that are padding in all samples, whose gradients are 0.
  private func appendWeights(
    _ whole: StridedProduct, _ dgates: Part, _ h: Part, _ mask: Part, into dweights: Part
  ) {
    let (steps, samples, units) = (steps - 1, samples, units)
    sequence.append([dgates, h, dweights, mask]) { x in
      let counts = { Self.counts(x[3] + $0 * samples, samples) }
      var product = whole
      if let first = (0..<steps).first(where: counts), let last = (0..<steps).last(where: counts) {
        product.k = (last - first + 1) * samples
        let row = first * samples
        product.run(x[0] + row * product.strideA, x[1] + row * units, x[2])
      } else if !product.adds {
        x[2].update(repeating: 0, count: product.m * product.n)
      }
    }
  }

  private static func counts(_ mask: UnsafePointer<Float>, _ samples: Int) -> Bool {
    (0..<samples).contains { mask[$0] != 0 }
  }
}
