import Testing
import Training

@Suite struct DoctorTests {
  private func ranks(
    _ masks: [[Int]], host: String = "node1", online: Int = 4, threads: Int = 1
  ) -> [DoctorFacts] {
    masks.enumerated().map {
      DoctorFacts(
        rank: $0.offset, host: host, cores: $0.element, onlineCores: online, threads: threads,
        binary: "a", freeSharedMemory: 1 << 30)
    }
  }

  // MARK: Launcher

  private func launcher(_ environment: [String: String], size: Int) -> DoctorReport.Finding {
    DoctorLauncher(environment: environment).finding(worldSize: size, hosts: 1)
  }

  @Test func aloneIsWell() {
    #expect(launcher([:], size: 1).status == .ok)
  }

  @Test func findsSingletonsUnderSrun() {
    let step = ["SLURM_JOB_ID": "1", "SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "4"]
    let finding = launcher(step, size: 1)
    #expect(finding.status == .problem)
    #expect(finding.message == "srun started 4 tasks, but MPI sees each alone")
  }

  @Test func findsACommandThatWasStartedOnceInAJobOfMany() {
    #expect(launcher(["SLURM_JOB_ID": "1", "SLURM_NTASKS": "4"], size: 1).status == .problem)
  }

  @Test func countsTheRanksOfTheStepAndNotOfTheJob() {
    let step = [
      "SLURM_JOB_ID": "1", "SLURM_NTASKS": "4", "SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "2",
    ]
    #expect(launcher(step, size: 2).status == .ok)
  }

  @Test func mpirunInAJobCountsItsOwnRanks() {
    // On further hosts, mpirun's daemons are a step of Slurm's, one a host.
    let remote = [
      "SLURM_JOB_ID": "1", "SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "1",
      "OMPI_COMM_WORLD_SIZE": "8",
    ]
    #expect(launcher(remote, size: 8).status == .ok)
  }

  @Test func oneOfSeveralSingletonsSpeaks() {
    let step = ["SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "2", "SLURM_PROCID": "1"]
    #expect(!DoctorLauncher(environment: step).isSpokesman)
  }

  // MARK: Facts

  @Test func readsListsOfCores() {
    #expect(DoctorFacts.numbers(inList: "\t0-2,5,7-8\n") == [0, 1, 2, 5, 7, 8])
  }

  @Test func anUnreadableFileHasNoDigest() {
    #expect(DoctorFacts.digest(ofFile: "/nowhere/at/all") == "")
  }

  // MARK: Findings

  @Test func findsAnotherBuild() {
    var facts = ranks([[0], [1]])
    facts[1].binary = "b"
    #expect(Doctor.binaryFinding(facts).status == .problem)
  }

  @Test func aCoreForEveryThreadIsWell() {
    #expect(
      Doctor.coreFinding(ranks([[0, 1], [2, 3]], threads: 2), isSlurm: false).status == .ok)
  }

  @Test func tooManyThreadsForTheHostAreAWarning() {
    let all = [0, 1, 2, 3]
    #expect(
      Doctor.coreFinding(ranks([all, all], threads: 4), isSlurm: false).status == .warning)
  }

  @Test func threadsThatAreBoundToFewerCoresAreAProblem() {
    #expect(Doctor.coreFinding(ranks([[0], [1]], threads: 2), isSlurm: false).status == .problem)
  }

  @Test func oneNarrowRankAmongWideOnesIsAProblem() {
    let facts = ranks([[0, 1], [2]], online: 8, threads: 2)
    #expect(Doctor.coreFinding(facts, isSlurm: true).status == .problem)
  }

  @Test func idleCoresAreAWarning() {
    #expect(Doctor.coreFinding(ranks([[0], [1]], online: 8), isSlurm: false).status == .warning)
  }

  @Test func aJobOfSlurmsMayLeaveCoresToOthers() {
    #expect(Doctor.coreFinding(ranks([[0], [1]], online: 8), isSlurm: true).status == .ok)
  }

  @Test func masksThatOverlapInPartAreAProblem() {
    #expect(Doctor.bindingFinding(ranks([[0, 1], [1, 2]])).status == .problem)
  }

  @Test func equalMasksAreShared() {
    #expect(Doctor.bindingFinding(ranks([[0, 1], [0, 1]])).status == .ok)
  }

  @Test func equalCoresOfTwoHostsDoNotOverlap() {
    let facts = ranks([[0], [1]]) + ranks([[0, 1], [2]], host: "node2")
    #expect(Doctor.bindingFinding(facts).status == .ok)
  }

  @Test(arguments: [(1 << 20, DoctorReport.Status.problem), (20 << 20, .warning), (1 << 30, .ok)])
  func sharedMemoryMustSuffice(free: Int, status: DoctorReport.Status) {
    var facts = ranks([[0]])
    facts[0].freeSharedMemory = free
    #expect(Doctor.memoryFinding(facts).status == status)
  }

  @Test func aHostWithoutSharedMemoryIsAProblem() {
    var facts = ranks([[0]])
    facts[0].freeSharedMemory = nil
    #expect(Doctor.memoryFinding(facts).status == .problem)
  }

  @Test func clocksMayDifferByLessThanASecond() {
    #expect(Doctor.clockFinding([("b", 0.2), ("c", -0.9)]).status == .ok)
  }

  @Test func theWorstClockIsNamed() {
    let finding = Doctor.clockFinding([("b", 2), ("c", -90)])
    #expect(finding.message == "c is 90.000 s behind rank 0's host")
  }
}
