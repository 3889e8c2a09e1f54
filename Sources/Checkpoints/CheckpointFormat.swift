import HDF5

// Note [The checkpoint file]
//
//     /model/<path>               float32, row-major, Fletcher-32; parameters and buffers
//     /optimizer/<slot>/<path>    the same, one group a slot
//     /state                      attributes: formatVersion, step, epoch, position, seed, jobText;
//                                 comment: the number of ranks that wrote it
//     /state/numbers, /texts      attributes: whatever else the trainer keeps
//
// A checkpoint in parts has virtual datasets in the place of tensors: see Note [Parts].
//
// The same training gives the same bytes: no times, no host, no paths in the file, names in order.
// So `h5diff a.h5 b.h5` answers whether two runs are equal. The number of ranks is no part of what
// the training computed; it stands in a comment, which h5diff does not compare.
//
// Every byte that matters has a checksum: tensors have Fletcher-32, and the format of HDF5 1.10
// has its own for headers, links, attributes and the lists of chunks. Strings are fixed, because
// variable ones lie on a heap without. A tensor without axes is stored with one axis of one element
// and the attribute `rank` = 0, because HDF5 neither chunks nor checks scalars.

/// Names of the checkpoint file.
enum CheckpointFormat {
  /// Of one file.
  static let version = 1
  /// Of one that joins parts; see Note [Parts].
  static let joiningVersion = 2
  static let model = "model"
  static let optimizer = "optimizer"
  static let state = "state"
  static let numbers = "state/numbers"
  static let texts = "state/texts"
  static let rank = "rank"
  static let token = "token"

  /// Throws unless `name` can be one component of an HDF5 path.
  static func requireName(_ name: String, _ file: String) throws(CheckpointError) {
    guard !name.isEmpty, name != ".", !name.contains("/"), !name.utf8.contains(0) else {
      throw .malformed(file: file, object: "\"\(name)\"", problem: "is no name for a tensor")
    }
  }
}

extension CheckpointState {
  /// Stores the state below the root of a file.
  ///
  /// - Parameter token: That of the parts, if the file joins some.
  func write(to file: File, token: String? = nil) throws(HDF5Error) {
    let group = try file.createGroup(CheckpointFormat.state)
    let attributes = group.attributes
    try attributes.set(
      "formatVersion",
      token == nil ? CheckpointFormat.version : CheckpointFormat.joiningVersion)
    try attributes.set("step", step)
    try attributes.set("epoch", epoch)
    try attributes.set("position", position)
    try attributes.set("seed", seed)
    try attributes.setFixed("jobText", jobText)
    let comment = token.map { "\(Self.tokenComment)\($0)" } ?? ""
    try group.setComment("\(Self.worldSizeComment)\(worldSize)\(comment)")
    let numbers = try file.createGroup(CheckpointFormat.numbers).attributes
    for (name, number) in self.numbers.sorted(by: { $0.key < $1.key }) {
      try numbers.set(name, number)
    }
    let texts = try file.createGroup(CheckpointFormat.texts).attributes
    for (name, text) in self.texts.sorted(by: { $0.key < $1.key }) {
      try texts.setFixed(name, text)
    }
  }

  /// Reads the state of a file.
  init(from file: File) throws(CheckpointError) {
    let isCheckpoint = try accessing { () throws(HDF5Error) in
      try file.exists(CheckpointFormat.state)
    }
    guard isCheckpoint else {
      throw .malformed(
        file: file.path, object: "/\(CheckpointFormat.state)",
        problem: "is missing; the file is not a checkpoint")
    }
    let (group, version) = try accessing { () throws(HDF5Error) in
      let group = try file.group(CheckpointFormat.state)
      return (group, try group.attributes.int("formatVersion"))
    }
    guard (CheckpointFormat.version...CheckpointFormat.joiningVersion).contains(version) else {
      throw .malformed(
        file: file.path, object: "/\(CheckpointFormat.state)",
        problem:
          "has format version \(version); this program reads up to \(CheckpointFormat.joiningVersion)"
      )
    }
    self = try accessing { () throws(HDF5Error) in
      let attributes = group.attributes
      var state = CheckpointState(
        step: try attributes.int("step"), epoch: try attributes.int("epoch"),
        position: try attributes.int("position"), seed: try attributes.value("seed"),
        jobText: try attributes.string("jobText"))
      let comment = try group.comment
      if comment.hasPrefix(Self.worldSizeComment) {
        let digits = comment.dropFirst(Self.worldSizeComment.count).prefix(while: \.isNumber)
        state.worldSize = Int(digits) ?? 1
      }
      let numbers = try file.group(CheckpointFormat.numbers).attributes
      for name in try numbers.names { state.numbers[name] = try numbers.double(name) }
      let texts = try file.group(CheckpointFormat.texts).attributes
      for name in try texts.names { state.texts[name] = try texts.string(name) }
      return state
    }
  }

  private static let worldSizeComment = "worldSize: "
  private static let tokenComment = ", token: "

  /// The token of the parts that a file joins; nil if it joins none.
  static func token(in file: File) throws(HDF5Error) -> String? {
    let comment = try file.group(CheckpointFormat.state).comment
    return comment.firstRange(of: tokenComment).map { String(comment[$0.upperBound...]) }
  }
}

extension Attributes {
  /// Sets a string that lies in the object's own header, or list of attributes, under its checksum.
  func setFixed(_ name: String, _ text: String) throws(HDF5Error) {
    try set(name, text, length: .fixed(max(1, text.utf8.count)))
  }
}
