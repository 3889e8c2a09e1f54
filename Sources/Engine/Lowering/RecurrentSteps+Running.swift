import CKernels
import Graph

// The loops over the steps. Addresses come in the order of the op's operands, then its results.

extension RecurrentSteps {
  /// gates, weights, state, [mask] -> y, which may be gates.
  func runPlain(_ pointers: Pointers) {
    let (gates, weights, state) = (pointers[0], pointers[1], pointers[2])
    let mask = recurrence.isMasked ? pointers[3] : nil
    let y = pointers[recurrence.isMasked ? 4 : 3]
    if y != gates { y.update(from: gates, count: steps * stateCount) }
    let rectifies: Int32 = recurrence.cell == .relu ? 1 : 0
    for number in 0..<steps {
      let (before, now) = (before(number, state, y), at(number, y))
      if counts(number, mask) {
        multiply(before, weights, gates: 1, adds: true, into: now, width: 1)
      }
      var settings = settings(number, mask)
      ck_rnn_forward(before, now, rectifies, &settings)
    }
  }

  /// gates, weights, state, cell, [mask] -> gates, which may be the operand, y, cells.
  func runLSTM(_ pointers: Pointers) {
    let (weights, state, cell) = (pointers[1], pointers[2], pointers[3])
    let mask = recurrence.isMasked ? pointers[4] : nil
    let first = recurrence.isMasked ? 5 : 4
    let (gates, y, cells) = (pointers[first], pointers[first + 1], pointers[first + 2])
    if gates != pointers[0] { gates.update(from: pointers[0], count: 4 * steps * stateCount) }
    for number in 0..<steps {
      let (before, all) = (before(number, state, y), at(number, gates, width: 4))
      if counts(number, mask) {
        multiply(before, weights, gates: 4, adds: true, into: all, width: 4)
      }
      var settings = settings(number, mask)
      ck_lstm_forward(
        all, self.before(number, cell, cells), at(number, cells), before, at(number, y), &settings)
    }
  }

  /// gates, weights, state, bias, [mask] -> gates, which may be the operand, y, inner products.
  func runGRU(_ pointers: Pointers) {
    let (weights, state, bias) = (pointers[1], pointers[2], pointers[3])
    let mask = recurrence.isMasked ? pointers[4] : nil
    let first = recurrence.isMasked ? 5 : 4
    let (gates, y, inner) = (pointers[first], pointers[first + 1], pointers[first + 2])
    if gates != pointers[0] { gates.update(from: pointers[0], count: 3 * steps * stateCount) }
    for number in 0..<steps {
      let (before, all) = (before(number, state, y), at(number, gates, width: 3))
      let within = at(number, inner)
      if counts(number, mask) {
        multiply(before, weights, gates: 2, adds: true, into: all, width: 3)
        multiply(
          before, weights + 2 * units * units, gates: 1, adds: false, into: within, width: 1)
      }
      var settings = settings(number, mask)
      ck_gru_forward(all, bias, within, before, at(number, y), &settings)
    }
  }

  /// dy, weights, state, y, [mask] -> dgates, which may be dy, dweights, dstate.
  func differentiatePlain(_ pointers: Pointers) {
    let (dy, weights, state, y) = (pointers[0], pointers[1], pointers[2], pointers[3])
    let mask = recurrence.isMasked ? pointers[4] : nil
    let first = recurrence.isMasked ? 5 : 4
    let (dgates, dweights, carry) = (pointers[first], pointers[first + 1], pointers[first + 2])
    carry.update(repeating: 0, count: stateCount)
    let rectifies: Int32 = recurrence.cell == .relu ? 1 : 0
    for number in (0..<steps).reversed() {
      let slope = at(number, dgates)
      var settings = settings(number, mask)
      ck_rnn_backward(at(number, dy), at(number, y), carry, slope, rectifies, &settings)
      if counts(number, mask) {
        multiplyBack(slope, weights, gates: 1, width: 1, into: carry)
      }
    }
    multiplyAll(dgates, gates: 1, width: 1, state: state, y, mask, into: dweights)
  }

  /// dy, weights, state, cell, y, gates, cells, [mask] -> dgates, which may be gates, dweights, dstate,
  /// dcell.
  func differentiateLSTM(_ pointers: Pointers) {
    let (dy, weights, state, cell) = (pointers[0], pointers[1], pointers[2], pointers[3])
    let (y, gates, cells) = (pointers[4], pointers[5], pointers[6])
    let mask = recurrence.isMasked ? pointers[7] : nil
    let first = recurrence.isMasked ? 8 : 7
    let (dgates, dweights) = (pointers[first], pointers[first + 1])
    let (carry, dcell) = (pointers[first + 2], pointers[first + 3])
    carry.update(repeating: 0, count: stateCount)
    dcell.update(repeating: 0, count: stateCount)
    for number in (0..<steps).reversed() {
      let slope = at(number, dgates, width: 4)
      var settings = settings(number, mask)
      ck_lstm_backward(
        at(number, dy), at(number, gates, width: 4), before(number, cell, cells),
        at(number, cells), carry, dcell, slope, &settings)
      if counts(number, mask) {
        multiplyBack(slope, weights, gates: 4, width: 4, into: carry)
      }
    }
    multiplyAll(dgates, gates: 4, width: 4, state: state, y, mask, into: dweights)
  }

  /// dy, weights, state, y, gates, inner products, [mask] -> dgates, which may be gates, dweights,
  /// dstate, dbias, and memory for the gradients of the inner products.
  func differentiateGRU(_ pointers: Pointers) {
    let (dy, weights, state, y) = (pointers[0], pointers[1], pointers[2], pointers[3])
    let (gates, inner) = (pointers[4], pointers[5])
    let mask = recurrence.isMasked ? pointers[6] : nil
    let first = recurrence.isMasked ? 7 : 6
    let (dgates, dweights) = (pointers[first], pointers[first + 1])
    let (carry, dbias, dinner) = (pointers[first + 2], pointers[first + 3], pointers[first + 4])
    carry.update(repeating: 0, count: stateCount)
    dbias.update(repeating: 0, count: 3 * units)
    let candidate = 2 * units * units
    for number in (0..<steps).reversed() {
      let (slope, within) = (at(number, dgates, width: 3), at(number, dinner))
      var settings = settings(number, mask)
      ck_gru_backward(
        at(number, dy), at(number, gates, width: 3), at(number, inner), before(number, state, y),
        carry, slope, within, dbias, &settings)
      if counts(number, mask) {
        multiplyBack(slope, weights, gates: 2, width: 3, into: carry)
        multiplyBack(within, weights + candidate, gates: 1, width: 1, into: carry)
      }
    }
    multiplyAll(dgates, gates: 2, width: 3, state: state, y, mask, into: dweights)
    multiplyAll(dinner, gates: 1, width: 1, state: state, y, mask, into: dweights + candidate)
  }
}
