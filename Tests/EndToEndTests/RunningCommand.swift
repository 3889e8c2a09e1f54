import Foundation

/// A program in a session of its own, so that it and all that it starts can be found and killed.
///
/// Process groups would not do: mpirun puts each rank into a new one.
final class RunningCommand {
  /// How a program ended.
  enum Ending {
    /// With this exit code; 128 + n for signal n.
    case code(Int32)
    /// Not in time; everything was killed.
    case killed
  }

  struct SpawnError: Error { let program: String, reason: String }

  private let leader: pid_t
  private let folder: TemporaryFolder
  private var code: Int32?

  /// Starts `words`, the first of which is looked up in `PATH`, with `/dev/null` as standard input.
  init(_ words: [String], environment: [String: String] = [:], folder currentFolder: String? = nil)
    throws
  {
    folder = try TemporaryFolder()
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let write = O_WRONLY | O_CREAT | O_TRUNC
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, folder("stdout"), write, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, folder("stderr"), write, 0o600)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, 0x80)  // POSIX_SPAWN_SETSID

    let values = ProcessInfo.processInfo.environment.merging(Self.mpi(folder.path)) { $1 }
      .merging(environment) { $1 }
    let words = currentFolder.map { ["env", "-C", $0] + words } ?? words
    var arguments = words.map { strdup($0) } + [nil]
    var variables = values.map { strdup("\($0)=\($1)") } + [nil]
    defer { for text in arguments + variables { free(text) } }
    var pid = pid_t()
    let error = posix_spawnp(&pid, words[0], &actions, &attributes, &arguments, &variables)
    guard error == 0 else {
      throw SpawnError(program: words[0], reason: String(cString: strerror(error)))
    }
    leader = pid
  }

  deinit { if code == nil { _ = kill() } }

  /// Root and few cores are meant, and what killed ranks leave behind goes with the folder.
  private static func mpi(_ folder: String) -> [String: String] {
    [
      "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
      "OMPI_MCA_rmaps_base_oversubscribe": "1", "TMPDIR": folder,
      "OMPI_MCA_btl_vader_backing_directory": folder, "OMPI_MCA_osc_sm_backing_directory": folder,
    ]
  }

  /// What was written to standard output so far.
  var stdout: String { text("stdout") }
  /// What was written to standard error so far.
  var stderr: String { text("stderr") }

  private func text(_ name: String) -> String {
    (try? Data(contentsOf: URL(fileURLWithPath: folder(name)))).map {
      String(decoding: $0, as: UTF8.self)
    } ?? ""
  }

  /// Waits for the end, and kills everything if it does not come in time.
  func wait(seconds: Double) -> Ending {
    let end = Date().addingTimeInterval(seconds)
    while !hasEnded {
      guard Date() < end else {
        _ = kill()
        return .killed
      }
      usleep(5_000)
    }
    return .code(code ?? -1)
  }

  /// Waits until `condition` holds; false if the program ended or `seconds` passed before.
  func wait(seconds: Double, until condition: () -> Bool) -> Bool {
    let end = Date().addingTimeInterval(seconds)
    while !condition() {
      guard !hasEnded, Date() < end else { return false }
      usleep(2_000)
    }
    return true
  }

  /// Kills everything in the session, as a power cut would, and returns whether anything was left.
  func kill() -> Bool {
    var found = false
    for _ in 0..<200 {
      let processes = processes
      for process in processes { Glibc.kill(process.pid, SIGKILL) }
      _ = hasEnded
      if processes.isEmpty { return found }
      found = true
      usleep(10_000)
    }
    return found
  }

  /// Whether processes are still there after a while, which a killed one may take to go; kills them.
  func leavesProcesses(seconds: Double) -> Bool {
    let end = Date().addingTimeInterval(seconds)
    while !processes.isEmpty {
      guard Date() < end else { return kill() }
      usleep(10_000)
    }
    return false
  }

  /// The living processes of the session.
  var processes: [(pid: pid_t, name: String)] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { pid_t($0) }.compactMap { pid in
      // 4711 (name) S parent group session ...
      guard let line = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
        let open = line.firstIndex(of: "("), let close = line.lastIndex(of: ")")
      else { return nil }
      let fields = line[close...].split(separator: " ")
      guard fields.count > 4, fields[4] == "\(leader)", fields[1] != "Z" else { return nil }
      return (pid, String(line[line.index(after: open)..<close]))
    }
  }

  private var hasEnded: Bool {
    guard code == nil else { return true }
    var status: Int32 = 0
    guard waitpid(leader, &status, WNOHANG) == leader else { return false }
    code = status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
    return true
  }
}
