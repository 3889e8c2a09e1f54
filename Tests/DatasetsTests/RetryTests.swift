import Datasets
import HDF5
import Testing

@Suite struct RetryTests {
  @Test func whatIsMissingIsNotTriedAgain() {
    var tries = 0
    #expect(throws: DatasetError.self) {
      try Retry.whileTransient { () throws(HDF5Error) in
        tries += 1
        _ = try File.open("/nowhere/at-all.h5")
      }
    }
    #expect(tries == 1)
  }

  @Test func theSystemsNumberIsKnown() {
    do {
      _ = try File.open("/nowhere/at-all.h5")
      Issue.record("a file that is not there was opened")
    } catch {
      #expect(error.systemError == 2)
    }
  }
}
