import Foundation
import Scaling
import Testing

@Suite struct ReportTests {
  private func page(_ gnuplot: Gnuplot) throws -> String {
    let now = try results(efficiency: [0.7, 0.71, 0.72])
    let comparison = Comparison(now, with: try results())
    return ScalingReport(
      now, verdict: ScalingVerdict(now, required: 0.9, comparison: comparison),
      comparison: comparison
    ).html(gnuplot)
  }

  private let drawn = Gnuplot { _ in "<?xml?>\n<svg><text>a picture</text></svg>\n" }

  @Test func tableHasARowForEachNumberOfRanks() throws {
    let table = try results(efficiency: [0.9, 0.91, 0.92]).table
    #expect(table.contains("91.0 % (90.5 - 91.5)"))
    #expect(table.contains("Strong scaling: 64 samples a step"))
  }

  @Test func saysWhereTheTimeGoes() throws {
    let table = try ScalingTest(
      .sample(ranks: [1, 2], modes: [.weak]), runner: pretending { _ in 1000 }
    ).run().table
    #expect(table.contains("2 ranks: of a step, 10.0 % communication that the step waits for"))
  }

  @Test func verdictFailsBelowWhatIsRequired() throws {
    #expect(!ScalingVerdict(try results(efficiency: [0.8, 0.8, 0.8]), required: 0.9).isGood)
    #expect(ScalingVerdict(try results(efficiency: [0.95, 0.95, 0.95]), required: 0.9).isGood)
  }

  @Test func verdictOnTheSumLeavesOutWhatOneRankReaches() throws {
    var found = try results(efficiency: [0.5, 0.5, 0.5])
    found.series[0].points[1].synchronizationEfficiency = Estimate([0.95])
    #expect(ScalingVerdict(found, requiredOfSum: 0.9).isGood)
    found.series[0].points[1].synchronizationEfficiency = Estimate([0.8])
    #expect(!ScalingVerdict(found, requiredOfSum: 0.9).isGood)
  }

  @Test func verdictFailsOnALossAgainstTheBaseline() throws {
    let now = try results(efficiency: [0.7, 0.71, 0.72])
    let verdict = ScalingVerdict(now, comparison: Comparison(now, with: try results()))
    #expect(!verdict.isGood)
  }

  @Test func pageHasEveryPicture() throws {
    // Speed-up, efficiency, parts of a step, bandwidth.
    #expect(try page(drawn).components(separatedBy: "<svg>").count == 5)
    #expect(try !page(drawn).contains("<?xml"))
  }

  @Test func pageNeedsNothingButItself() throws {
    let html = try page(Gnuplot())
    for word in ["<script", "<link", "<iframe", "<img", "@import", "url(http", "src=\"http"] {
      #expect(!html.contains(word), "\(word)")
    }
    // Links within pictures lead to parts of the same page.
    for match in html.matches(of: /href=['"]([^'"]*)/) { #expect(match.1.hasPrefix("#")) }
  }

  @Test func pageWithoutGnuplotSaysSo() throws {
    struct Missing: Error, CustomStringConvertible { let description = "gnuplot is missing" }
    let html = try page(Gnuplot { _ in throw Missing() })
    #expect(html.contains("No pictures: gnuplot is missing"))
    #expect(html.contains("71.0 %"))
  }

  @Test func textIsEscaped() throws {
    var some = try results()
    some.job = "<b>&.yaml"
    let html = ScalingReport(some, verdict: ScalingVerdict(some)).html(drawn)
    #expect(html.contains("&lt;b&gt;&amp;.yaml") && !html.contains("<b>"))
  }
}
