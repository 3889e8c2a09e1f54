import Foundation
public import MPI

/// What the environment says about how this process was started.
///
/// Note [Singletons]: a launcher and an MPI library that do not speak the same protocol give N
/// processes which each believe to be alone. All train the same and write into the same folder. The
/// environment tells: `mpirun` and `srun` leave the number of ranks in it.
public struct DoctorLauncher: Sendable {
  /// Who started the process.
  enum Kind: Equatable {
    case mpirun
    case srun
    /// An `sbatch` script that started the command without either.
    case sbatch
    case alone
  }

  private let environment: [String: String]

  /// Reads the environment of this process.
  public init() { self.init(environment: ProcessInfo.processInfo.environment) }

  package init(environment: [String: String]) { self.environment = environment }

  private func number(_ key: String) -> Int? { environment[key].flatMap { Int($0) } }

  var kind: Kind {
    if number("OMPI_COMM_WORLD_SIZE") != nil { return .mpirun }
    // The shell of an sbatch script is a step, too, but one without number.
    if number("SLURM_STEP_ID") != nil { return .srun }
    if number("PMI_SIZE") != nil { return .mpirun }
    return number("SLURM_JOB_ID") != nil ? .sbatch : .alone
  }

  /// The ranks that the launcher started; nil if there was none.
  var ranks: Int? {
    switch kind {
    case .mpirun: number("OMPI_COMM_WORLD_SIZE") ?? number("PMI_SIZE")
    case .srun: number("SLURM_STEP_NUM_TASKS")
    case .sbatch: number("SLURM_NTASKS")
    case .alone: nil
    }
  }

  /// Whether this is a job of Slurm's, which may own a part of the host only.
  var isSlurm: Bool { number("SLURM_JOB_ID") != nil }

  /// Whether this process speaks for all that were started with it, be they singletons.
  public var isSpokesman: Bool {
    let place =
      switch kind {
      case .mpirun: number("OMPI_COMM_WORLD_RANK") ?? number("PMI_RANK")
      case .srun, .sbatch: number("SLURM_PROCID")
      case .alone: 0
      }
    return (place ?? 0) == 0
  }

  /// Whether as many ranks found one another as were started.
  package func finding(worldSize: Int, hosts: Int) -> DoctorReport.Finding {
    let name = "ranks"
    let found =
      "\(worldSize) \(worldSize == 1 ? "rank" : "ranks") on \(hosts) \(hosts == 1 ? "host" : "hosts")"
    guard let ranks, ranks != worldSize else { return .ok(name, found) }
    switch kind {
    case .srun:
      return .problem(
        name, "srun started \(ranks) tasks, but MPI sees \(worldSize == 1 ? "each alone" : found)",
        mend:
          "add --mpi=pmix (srun --mpi=list shows what there is), or start with mpirun inside the job"
      )
    case .sbatch:
      return .problem(
        name, "the job has \(ranks) tasks, but the command was started once",
        mend: "start it with srun --mpi=pmix or mpirun")
    case .mpirun, .alone:
      return .problem(
        name,
        "mpirun started \(ranks) processes, but MPI sees \(worldSize == 1 ? "each alone" : found)",
        mend: "use the mpirun of the MPI library that Trireme was built with (ldd shows it)")
    }
  }

  /// Ends the command before it trains as a singleton; costs nothing. See Note [Singletons].
  ///
  /// Local.
  ///
  /// - Throws: `Failure` with `usage` on the process that speaks for all, `AgreedFailure` on others.
  public func check(_ world: Communicator) throws {
    let finding = finding(worldSize: world.size, hosts: 1)
    // In a job, one process of many cores may be meant.
    guard finding.status == .problem, kind != .sbatch else { return }
    guard isSpokesman else { throw AgreedFailure(exitCode: .usage) }
    throw Failure(.usage, finding.message + ": " + (finding.mend ?? ""))
  }
}
