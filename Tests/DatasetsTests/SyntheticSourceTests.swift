import Datasets
import Testing

@Suite struct SyntheticSourceTests {
  @Test func sampleIsAFunctionOfItsNumber() throws {
    let source = SyntheticSource(count: 1 << 40, featureShape: [3, 4, 4], classes: 10, seed: 3)
    let many = try source.read([5, 1 << 39, 77])
    let one = try source.read([1 << 39])
    #expect(Array(many.features[48..<96]) == one.features)
    #expect(many.classes[1] == one.classes[0])
  }

  @Test func seedsGiveOtherSamples() throws {
    let first = SyntheticSource(count: 10, featureShape: [8], classes: 2, seed: 1)
    let second = SyntheticSource(count: 10, featureShape: [8], classes: 2, seed: 2)
    #expect(try first.read([0]).features != second.read([0]).features)
  }

  @Test func everyClassOccurs() throws {
    let source = SyntheticSource(count: 1000, featureShape: [2], classes: 10)
    let classes = try source.read(Array(0..<1000)).classes
    #expect(Set(classes) == Set(0..<10))
    #expect(source.classNames.count == 10)
  }

  @Test func samplesLieAroundTheirClass() throws {
    // With noise 0 all samples of a class are its pattern.
    let source = SyntheticSource(count: 100, featureShape: [16], classes: 2, noise: 0)
    let (features, classes, _) = try source.read(Array(0..<100))
    let first = try #require(classes.firstIndex(of: 0))
    let last = try #require(classes.lastIndex(of: 0))
    let other = try #require(classes.firstIndex(of: 1))
    #expect(features[16 * first..<16 * (first + 1)] == features[16 * last..<16 * (last + 1)])
    #expect(features[16 * first..<16 * (first + 1)] != features[16 * other..<16 * (other + 1)])
  }

  @Test func noiseHasMeanZeroAndDeviationOne() throws {
    let source = SyntheticSource(count: 10_000, featureShape: [10], targetShape: [1])
    let values = try source.read(Array(0..<10_000)).features.map(Double.init)
    let mean = values.reduce(0, +) / 1e5
    let square = values.reduce(0) { $0 + $1 * $1 } / 1e5
    // Five deviations of the mean and of the variance of 10^5 draws.
    #expect(abs(mean) < 5 * 1e5.squareRoot() / 1e5)
    #expect(abs(square - 1) < 5 * (2 / 1e5).squareRoot())
  }

  @Test func targetsAreLinearInTheFeatures() throws {
    let source = SyntheticSource(count: 100, featureShape: [3], targetShape: [2], seed: 4)
    #expect(source.labelKind == .targets)
    let (features, _, targets) = try source.read(Array(0..<4))
    // Four samples of three features are dependent: solve x3 = a x0 + b x1 + c x2 by elimination.
    let x = (0..<4).map { row in (0..<3).map { Double(features[3 * row + $0]) } }
    func determinant(_ a: [Double], _ b: [Double], _ c: [Double]) -> Double {
      a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0])
        + a[2] * (b[0] * c[1] - b[1] * c[0])
    }
    let whole = determinant(x[0], x[1], x[2])
    let weights = [
      determinant(x[3], x[1], x[2]) / whole, determinant(x[0], x[3], x[2]) / whole,
      determinant(x[0], x[1], x[3]) / whole,
    ]
    for target in 0..<2 {
      let predicted = (0..<3).reduce(0.0) { $0 + weights[$1] * Double(targets[2 * $1 + target]) }
      #expect(abs(predicted - Double(targets[6 + target])) < 1e-4)
    }
  }

  @Test func longSamplesRepeatTheirPattern() throws {
    let source = SyntheticSource(count: 1, featureShape: [5000], classes: 1, noise: 0)
    let features = try source.read([0]).features
    #expect(features[4096] == features[0])
  }
}
