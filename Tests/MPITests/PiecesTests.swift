import MPI
import Testing

@Suite struct PiecesTests {
  @Test(arguments: [1, 2, 3, 7, 100])
  func coverEveryElementOnceInOrder(limit: Int) {
    var covered: [Int] = []
    for piece in Pieces(count: 100, limit: limit) {
      covered += piece.offset..<piece.offset + Int(piece.count)
    }
    #expect(covered == Array(0..<100))
  }

  @Test func noElementsAreOneEmptyPiece() {
    let pieces = Array(Pieces(count: 0, limit: 5))
    #expect(pieces.map(\.count) == [0])
  }

  @Test func countsBeyondInt32StayWithinIt() {
    let count = 3 * Int(Int32.max) + 5
    let pieces = Array(Pieces(count: count, limit: Int(Int32.max)))
    #expect(pieces.map(\.count) == [.max, .max, .max, 5])
  }

  @Test func packedPlacesFollowEachOther() {
    #expect(packedPlaces([3, 0, 2, 1]) == [0, 3, 3, 5])
  }

  @Test func placesBeyondTheLimitHaveNoVectorLayout() {
    #expect(VectorLayout([3, 4], limit: 6)?.places == nil)
    #expect(VectorLayout([3, 3], limit: 6)?.places == [0, 3])
  }
}
