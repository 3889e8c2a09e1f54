import Foundation
import Testing
import Training

@Suite struct SubmissionTests {
  private var submission: Submission {
    var submission = Submission(name: "digits", arguments: ["jobs/digits.yaml"])
    submission.nodes = 4
    submission.tasksPerNode = 2
    submission.coresPerTask = 16
    return submission
  }

  private func lines(_ submission: Submission) throws -> [String] {
    try submission.script().split(separator: "\n").map(String.init)
  }

  @Test(arguments: [
    ("90", 5400), ("90:30", 5430), ("1:00:00", 3600), ("2-0", 172_800), ("1-12:30", 131_400),
    ("1-0:0:1", 86_401),
  ])
  func readsTimesAsSlurmDoes(text: String, seconds: Int) {
    #expect(SlurmTime(text)?.seconds == seconds)
  }

  @Test(arguments: ["", "x", "1:2:3:4", "1-", "-5", "1:-2", "0", "1 h", "99999999999999999999"])
  func refusesOtherTimes(text: String) {
    #expect(SlurmTime(text) == nil)
  }

  @Test func asksForNodesRanksAndCores() throws {
    let header = try lines(submission).filter { $0.hasPrefix("#SBATCH") }
    #expect(
      header.prefix(4) == [
        "#SBATCH --job-name=digits", "#SBATCH --nodes=4", "#SBATCH --ntasks-per-node=2",
        "#SBATCH --cpus-per-task=16",
      ])
  }

  @Test func keepsWhatRequeuingNeeds() throws {
    let lines = try lines(submission)
    for option in ["--requeue", "--open-mode=append", "--signal=B:USR2@120"] {
      #expect(lines.contains("#SBATCH \(option)"))
    }
  }

  @Test func federationsRunTheirOwnCommand() throws {
    var submission = submission
    submission.isFederated = true
    #expect(try lines(submission).contains("set -- --federate jobs/digits.yaml"))
  }

  @Test func tasksOfAnArrayHaveLogsOfTheirOwn() throws {
    var submission = submission
    submission.options = [("array", "0-7")]
    #expect(try lines(submission).contains("#SBATCH --output=%x-%A_%a.log"))
  }

  @Test func aShortJobIsToldLater() {
    var submission = submission
    submission.time = SlurmTime("3")
    #expect(submission.noticeSeconds == 60)
  }

  @Test func argumentsSurviveTheShell() throws {
    var submission = submission
    submission.arguments = ["a b.yaml", "--set", "name=it's $HOME"]
    #expect(try lines(submission).contains(#"set -- 'a b.yaml' --set 'name=it'\''s $HOME'"#))
  }

  @Test func setupComesAfterModulesAndBeforeTheRest() throws {
    var submission = submission
    submission.modules = ["openmpi/4.1"]
    submission.setup = ["ulimit -l unlimited"]
    let lines = try lines(submission)
    let module = try #require(lines.firstIndex(of: "module load openmpi/4.1"))
    #expect(lines[module + 1] == "ulimit -l unlimited")
    #expect(module < (lines.firstIndex(of: "set -u") ?? 0))
  }

  @Test func aContainerHoldsTheCommand() throws {
    var submission = submission
    submission.container = "images/trireme.sif"
    #expect(
      try lines(submission).contains(
        #"export TRIREME="apptainer exec --bind $PWD images/trireme.sif trireme""#))
  }

  @Test func refusesLineBreaks() {
    var submission = submission
    submission.arguments = ["a\nrm -rf b"]
    #expect(throws: Failure.self) { try submission.script() }
  }

  @Test func theScriptIsValidBash() throws {
    let path = NSTemporaryDirectory() + "trireme-\(UUID().uuidString).sbatch"
    defer { unlink(path) }
    try submission.script().write(toFile: path, atomically: true, encoding: .utf8)
    let bash = try Process.run(
      URL(fileURLWithPath: "/bin/bash"), arguments: ["-n", path])
    bash.waitUntilExit()
    #expect(bash.terminationStatus == 0)
  }

  @Test func countsTheCombinationsOfASweep() throws {
    #expect(try Submission.combinations(["a=1,2,3", "b.c=x,y"]) == 6)
  }

  @Test func refusesASweepWithoutValues() {
    #expect(throws: Failure.self) { try Submission.combinations(["a"]) }
  }
}
