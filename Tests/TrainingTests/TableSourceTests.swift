import Datasets
import Testing
import Training

@Suite struct TableSourceTests {
  private func table(
    _ text: String, shape: [Int] = [2], normalization: Normalization? = nil
  ) throws -> (features: [Float], count: Int) {
    let file = try TemporaryFile(text)
    let source = try TableSource(csv: file.path, sampleShape: shape, normalization: normalization)
    return (try source.read(Array(0..<source.count)).features, source.count)
  }

  /// The message of the refusal behind the file's path.
  private func refusal(_ text: String) throws -> String? {
    let file = try TemporaryFile(text)
    let failure = #expect(throws: Failure.self) {
      try TableSource(csv: file.path, sampleShape: [2], normalization: nil)
    }
    #expect(failure?.exitCode == .badData)
    #expect(failure?.description.hasPrefix(file.path) == true)
    return failure.map { String($0.description.dropFirst(file.path.count)) }
  }

  @Test func numbersAreReadLineByLine() throws {
    #expect(try table("1,2\n3,4.5\n").features == [1, 2, 3, 4.5])
  }

  @Test func headerIsPassedOver() throws {
    #expect(try table("width,height\n3,4\n").features == [3, 4])
  }

  @Test func spacesCarriageReturnsAndBlankLinesDoNotCount() throws {
    #expect(try table(" 1 ,\t2\r\n\r\n3,-4e1").features == [1, 2, 3, -40])
  }

  @Test func channelsAreNormalisedEachByItsOwnNumbers() throws {
    let normalization = Normalization(mean: [1, 10], deviation: [2, 5])
    #expect(
      try table("3,5,20,0\n", shape: [2, 2], normalization: normalization).features
        == [1, 2, 2, -2])
  }

  @Test func wrongNumberOfColumnsIsNamedWithItsLine() throws {
    #expect(try refusal("1,2\n\n1,2,3\n") == ":3: 3 columns, the model wants 2")
  }

  @Test(arguments: ["x", "nan", "inf", "", "1.2.3"])
  func fieldThatIsNoNumberIsNamedWithItsColumn(field: String) throws {
    #expect(try refusal("1,2\n3,\(field)\n") == ":2: column 2 is no number")
  }

  @Test(arguments: ["", "\n\n", "a,b\n"]) func tableWithoutSamplesIsRefused(text: String) throws {
    #expect(try refusal(text) == ": no samples")
  }

  @Test func missingFileIsNamedWithTheReason() {
    let failure = #expect(throws: Failure.self) {
      try TableSource(csv: "/none.csv", sampleShape: [2], normalization: nil)
    }
    #expect(failure?.description == "/none.csv: cannot be read: No such file or directory")
  }
}
