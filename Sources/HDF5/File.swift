import CHDF5

/// An open HDF5 file.
///
/// The file closes when the last of `File`, and every `Group`, `Dataset` and `Attributes` taken
/// from it, is gone, or at once with ``close()``. Object times are not tracked and names are kept
/// in order of creation, so files with the same content written in the same order hold the same
/// bytes. Safe to use from several threads; calls take turns.
public struct File: Sendable {
  /// What `create` does when the path exists.
  public enum CreateMode: Sendable {
    /// Refuse (`H5F_ACC_EXCL`).
    case exclusive
    /// Replace what is there (`H5F_ACC_TRUNC`).
    case truncate
  }

  /// What an opened file may be used for.
  public enum OpenMode: Sendable {
    /// Many processes may read at once (`H5F_ACC_RDONLY`).
    case readOnly
    /// One process writes (`H5F_ACC_RDWR`).
    case readWrite
  }

  /// How old a library can still read a created file.
  public enum Format: Sendable {
    /// HDF5 1.8 and later.
    case v18
    /// HDF5 1.10 and later; all that leads to the data has checksums, the lists of chunks included.
    case v110
  }

  let location: Location

  /// The path as it was given.
  public var path: String { location.filePath }

  /// The group that holds everything, `/`.
  public var root: Group { Group(location: location) }

  private init(_ id: hid_t, _ path: String) throws(HDF5Error) {
    let file = Handle(id)
    let root = try check("H5Gopen2", path, H5Gopen2(id, "/", hid_t(H5P_DEFAULT)))
    location = Location(
      handle: Handle(root, in: file), file: file, filePath: path, objectPath: "/")
  }

  /// Creates a file (`H5Fcreate`).
  ///
  /// - Parameters:
  ///   - path: where; the folder must exist.
  ///   - mode: what happens when the path exists.
  ///   - format: how old a library can still read the file.
  /// - Throws: `HDF5Error` when the folder is missing or not writable, or, with `.exclusive`, when
  ///   the path exists.
  public static func create(
    _ path: String, mode: CreateMode = .exclusive, format: Format = .v18
  ) throws(HDF5Error) -> File {
    let flags = mode == .exclusive ? chdf5_acc_excl() : chdf5_acc_trunc()
    let creation = try makePropertyList(chdf5_class_file_create())
    try check(
      "H5Pset_link_creation_order", path,
      H5Pset_link_creation_order(
        creation.id, UInt32(H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED)))
    try check("H5Pset_obj_track_times", path, H5Pset_obj_track_times(creation.id, false))
    let access = try accessProperties(path, format)
    let id = try check("H5Fcreate", path, H5Fcreate(path, flags, creation.id, access.id))
    return try File(id, path)
  }

  /// Opens a file that exists (`H5Fopen`).
  ///
  /// - Throws: `HDF5Error` when the path is missing, not an HDF5 file, truncated, or locked by a
  ///   writer.
  public static func open(
    _ path: String, _ mode: OpenMode = .readOnly
  ) throws(HDF5Error) -> File {
    let flags = mode == .readOnly ? chdf5_acc_rdonly() : chdf5_acc_rdwr()
    let access = try accessProperties(path, .v18)
    return try File(try check("H5Fopen", path, H5Fopen(path, flags, access.id)), path)
  }

  /// Hands everything written so far to the operating system (`H5Fflush`); it does not wait for the
  /// disk.
  public func flush() throws(HDF5Error) {
    try check("H5Fflush", path, H5Fflush(location.file.id, H5F_SCOPE_GLOBAL))
  }

  /// Writes what is pending and closes the file and everything opened from it (`H5Fclose`).
  ///
  /// Objects taken from the file throw from then on. Closing twice is an error; not closing at all
  /// is not.
  public func close() throws(HDF5Error) {
    try flush()
    try check("H5Fclose", path, H5Fclose(location.file.id))
  }

  // Note [Closing]
  // With H5F_CLOSE_STRONG the close takes every open object of the file with it. The handles of
  // those objects find their identifiers invalid when they die and leave them alone. Without it a
  // forgotten dataset would keep a file open, and half written, behind a close that looked
  // successful. Each object's handle holds the file's, so that the file is not closed under an
  // object that is still in use.
  private static func accessProperties(
    _ path: String, _ format: Format
  ) throws(HDF5Error) -> Handle {
    let access = try makePropertyList(chdf5_class_file_access())
    try check(
      "H5Pset_fclose_degree", path, H5Pset_fclose_degree(access.id, H5F_CLOSE_STRONG))
    // Nothing older than 1.8: metadata without checksums, attributes of at most 64 KiB.
    let oldest = format == .v18 ? H5F_LIBVER_V18 : H5F_LIBVER_V110
    try check(
      "H5Pset_libver_bounds", path,
      H5Pset_libver_bounds(access.id, oldest, chdf5_libver_latest()))
    try check("H5Pset_file_locking", path, chdf5_set_best_effort_locking(access.id))
    return access
  }
}
