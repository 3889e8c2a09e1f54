/// How gradients are shortened on their way between ranks.
///
/// What a step's code leaves out is kept by each rank and added to its next gradient (error feedback,
/// Karimireddy et al., ICML 2019), so that nothing is lost but time.
public enum GradientCompression: Hashable, Sendable {
  /// Not at all.
  case none
  /// Rounded to bfloat16: 8 bits of mantissa, the range of float32.
  case bf16
  /// Rounded to IEEE half precision: 11 bits, up to 65504.
  case fp16
  /// The signs, times the mean magnitude of a bucket: 1 bit (Seide et al., Interspeech 2014).
  case sign
  /// The elements of the largest magnitude, this share of each bucket, with their places (Aji and
  /// Heafield, EMNLP 2017).
  case topK(share: Double)
  /// This share of each bucket, the same places on all ranks (Stich et al., NeurIPS 2018).
  case randomK(share: Double)
  /// Matrices as products of two of this rank (Vogels et al., NeurIPS 2019); the rest as it is.
  case powerSGD(rank: Int)

  /// The elements that stand for `count`.
  static func kept(_ share: Double, of count: Int) -> Int {
    min(count, max(1, Int((share * Double(count)).rounded(.up))))
  }

  /// Bytes that stand for a bucket of `count` gradients in a rank's message.
  ///
  /// - Parameter matrices: what the bucket consists of, for `powerSGD`.
  public func byteCount(_ count: Int, matrices: [GradientMatrix] = []) -> Int {
    guard count > 0 else { return 0 }
    switch self {
    case .none: return 4 * count
    case .bf16, .fp16: return 2 * count
    case .sign: return 4 + 4 * ((count + 31) / 32)
    case .topK(let share): return 8 * Self.kept(share, of: count)
    case .randomK(let share): return 4 * Self.kept(share, of: count)
    case .powerSGD(let rank):
      let low = matrices.filter { $0.isWorth(rank: rank) }
      let dense = count - low.reduce(0) { $0 + $1.rows * $1.columns }
      return 4 * (dense + low.reduce(0) { $0 + rank * ($1.rows + $1.columns) })
    }
  }
}

/// A gradient in a bucket, seen as a matrix in the order of memory.
public struct GradientMatrix: Hashable, Sendable {
  /// Its first element in the bucket.
  public var offset: Int
  /// The rows.
  public var rows: Int
  /// The columns.
  public var columns: Int

  /// A matrix of `rows` x `columns` at `offset`.
  public init(offset: Int, rows: Int, columns: Int) {
    self.offset = offset
    self.rows = rows
    self.columns = columns
  }

  /// Whether two factors are shorter than the matrix.
  func isWorth(rank: Int) -> Bool { rank * (rows + columns) < rows * columns }
}
