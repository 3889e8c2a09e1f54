import CHDF5

/// Reads HDF5's error stack of the current thread.
enum ErrorStack {
  /// Returns the stack's frames, the called function first, and leaves the stack empty.
  static func take() -> [HDF5Error.Frame] {
    let stack = H5Eget_current_stack()
    guard stack >= 0 else { return [] }
    defer { H5Eclose_stack(stack) }
    var frames: [HDF5Error.Frame] = []
    withUnsafeMutablePointer(to: &frames) { frames in
      _ = H5Ewalk2(
        stack, H5E_WALK_DOWNWARD,
        { _, entry, context in
          guard let entry, let context else { return 0 }
          let frames = context.assumingMemoryBound(to: [HDF5Error.Frame].self)
          frames.pointee.append(HDF5Error.Frame(entry.pointee))
          return 0
        }, frames)
    }
    return frames
  }
}

extension HDF5Error.Frame {
  fileprivate init(_ entry: H5E_error2_t) {
    self.init(
      function: String(cString: entry.func_name),
      message: String(cString: entry.desc),
      major: Self.message(entry.maj_num),
      minor: Self.message(entry.min_num))
  }

  /// The text of a message identifier (`H5Eget_msg`).
  private static func message(_ id: hid_t) -> String {
    var kind = H5E_MAJOR
    var bytes = [CChar](repeating: 0, count: 128)
    let length = H5Eget_msg(id, &kind, &bytes, bytes.count)
    guard length > 0 else { return "" }
    return String(
      decoding: bytes.prefix(min(length, bytes.count - 1)).map(UInt8.init(bitPattern:)),
      as: UTF8.self)
  }
}
