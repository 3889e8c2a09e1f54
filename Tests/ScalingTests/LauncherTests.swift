import Scaling
import Testing

@Suite struct LauncherTests {
  private let job = [
    "SLURM_JOB_ID": "7", "SLURM_JOB_CPUS_PER_NODE": "16(x3),8", "SLURM_JOB_NUM_NODES": "4",
  ]

  @Test func bindsEachRankToACore() {
    let launcher = Launcher(threads: 1, mayShareCores: false, environment: [:])
    #expect(
      launcher.words(ranks: 2, threads: 1, ["x"]) == [
        "mpirun", "-n", "2", "--bind-to", "core", "x",
      ])
  }

  @Test func bindsEachRankToAsManyCoresAsThreads() {
    let words = Launcher(threads: 8, mayShareCores: false, environment: [:])
      .words(ranks: 2, threads: 8, [])
    #expect(words.contains("slot:PE=8"))
  }

  @Test func ranksThatShareCoresAreNotBound() {
    let words = Launcher(threads: 1, mayShareCores: true, environment: [:])
      .words(ranks: 4, threads: 1, [])
    #expect(words.contains("--oversubscribe") && words.contains("none"))
  }

  @Test func fillsOneNodeOfASlurmJobAfterTheOther() {
    let launcher = Launcher(threads: 2, mayShareCores: false, environment: job)
    let words = launcher.words(ranks: 9, threads: 2, [])
    #expect(words.first == "srun")
    // The smallest node takes four ranks of two threads.
    #expect(words.contains("--nodes=3") && words.contains("--ntasks=9"))
  }

  @Test func takesTheTasksANodeThatTheSlurmJobSays() {
    let environment = job.merging(["SLURM_NTASKS_PER_NODE": "2"]) { $1 }
    let launcher = Launcher(threads: 1, mayShareCores: false, environment: environment)
    #expect(launcher.words(ranks: 4, threads: 1, []).contains("--nodes=2"))
  }

  @Test func countsTheCoresOfASlurmJob() {
    #expect(Launcher.slurmCores(job) == 56)
    #expect(Launcher.slurmCores([:]) == nil)
  }

  @Test func aLauncherOfOnesOwnIsFilledIn() {
    let launcher = Launcher("ssh host mpirun -n {ranks} -x T={threads}")
    #expect(
      launcher.words(ranks: 3, threads: 2, ["x"]) == [
        "ssh", "host", "mpirun", "-n", "3", "-x", "T=2", "x",
      ])
  }
}
