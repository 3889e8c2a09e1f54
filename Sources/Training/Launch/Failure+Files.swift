import Foundation

extension Failure {
  /// What the system says of an error of Foundation's file functions, without Foundation's words
  /// around it.
  static func reason(of error: any Error) -> String {
    let inner = (error as NSError).userInfo[NSUnderlyingErrorKey] as? any Error
    return (inner as? POSIXError).map { String(cString: strerror($0.code.rawValue)) }
      ?? error.localizedDescription
  }

  /// Writes a text file in one go, over one of the same name.
  ///
  /// - Throws: `Failure` naming the file and the system's reason.
  public static func write(_ text: String, to path: String) throws {
    do {
      try text.write(toFile: path, atomically: true, encoding: .utf8)
    } catch {
      throw Failure(.inputOutput, "\(path): cannot be written: \(reason(of: error))")
    }
  }

  /// Makes a folder and those above it, unless it is there.
  ///
  /// - Throws: `Failure` naming the folder and the system's reason.
  public static func makeFolder(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw Failure(.inputOutput, "\(path): cannot be made: \(reason(of: error))")
    }
  }
}
