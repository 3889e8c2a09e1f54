internal import MPI

/// The way of an all-reduce that goes through its buffer in pieces, and through each piece in
/// stages: the messages of a stage start together, and the next stage starts when they have ended.
///
///     piece 0: stage 0, stage 1, ... | piece 1: stage 0, stage 1, ...
final class StageCourse<Element: Summable> {
  /// Those of the current stage: a receive and a send.
  var requests = RequestSet(capacity: 2)
  private let pieceCount: Int
  private let stageCount: Int
  private var buffer: UnsafeMutableBufferPointer<Element>?
  private var start = 0
  private var stage = 0
  private var isStarted = false

  /// - Parameters:
  ///   - pieceCount: the elements of a piece.
  ///   - stageCount: the stages of a piece.
  init(pieceCount: Int, stageCount: Int) {
    self.pieceCount = pieceCount
    self.stageCount = stageCount
  }

  /// Sets out. The first messages leave with the first call of ``advance(waiting:begin:end:)``.
  func start(_ buffer: UnsafeMutableBufferPointer<Element>) {
    precondition(self.buffer == nil, "a sum is under way")
    self.buffer = buffer
    (start, stage, isStarted) = (0, 0, false)
  }

  /// Goes on as far as messages allow; true at the end.
  ///
  /// - Parameters:
  ///   - begin: starts the messages of a stage in ``requests``.
  ///   - end: deals with what a stage has brought.
  func advance(
    waiting: Bool,
    begin: (Int, UnsafeMutableBufferPointer<Element>) throws(MPIError) -> Void,
    end: (Int, UnsafeMutableBufferPointer<Element>) -> Void
  ) throws(MPIError) -> Bool {
    guard let buffer else { return true }
    while start < buffer.count {
      let piece = buffer.part(start..<min(start + pieceCount, buffer.count))
      while stage < stageCount {
        if !isStarted { try begin(stage, piece) }
        isStarted = true
        guard try requests.endAll(waiting: waiting) else { return false }
        end(stage, piece)
        (stage, isStarted) = (stage + 1, false)
      }
      (start, stage) = (start + piece.count, 0)
    }
    self.buffer = nil
    return true
  }

  /// Gives up after an error.
  func abandon() {
    requests.abandon()
    buffer = nil
  }
}
