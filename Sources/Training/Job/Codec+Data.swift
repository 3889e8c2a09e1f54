import Yams

extension Codec<Job.DataPath> {
  /// A path or pattern, relative to the folder of the text in which it stands.
  static var path: Codec {
    Codec(
      expectation: "a path",
      decode: { node throws(JobError) in
        guard case .scalar(let text, _) = node.content, !text.isEmpty else {
          throw node.mismatch("a path")
        }
        return Job.DataPath(pattern: absolutePath(text, in: node.folder), place: node.place)
      },
      encode: { Node($0.pattern) })
  }
}

extension Codec<[Job.DataPath]> {
  /// One path or a list of them.
  static var paths: Codec {
    Codec(
      expectation: "a path or a list of paths",
      decode: { node throws(JobError) in
        switch node.content {
        case .scalar: return [try Codec<Job.DataPath>.path.decode(node)]
        case .list: return try Codec<Job.DataPath>.path.list.decode(node)
        default: throw node.mismatch("a path or a list of paths")
        }
      },
      encode: { paths in
        paths.count == 1
          ? Codec<Job.DataPath>.path.encode(paths[0])
          : Codec<Job.DataPath>.path.list.encode(paths)
      })
  }
}

/// What the key `data` holds; what depends on the model is still open.
struct DataSettings {
  var train: [Job.DataPath] = []
  var test: [Job.DataPath] = []
  /// Tokens of a window; nil: the files are shards of samples.
  var window: Int?
  var epochWindows: Int?
  var synthetic: Synthetic?
  var loading = Job.Loading()

  /// Nil is what follows from the model.
  struct Synthetic {
    var shape: [Int]?
    var classes: Int??
    var samples: Int?
  }
}

extension Codec<DataSettings> {
  /// `synthetic`, `{synthetic: {...}}` or `{train: ..., test: ...}`.
  static var data: Codec {
    let synthetic = Schema(
      "synthetic", DataSettings.Synthetic(),
      [
        .optional("shape", \.shape, Codec<Int>.positive.list, or: "auto"),
        .optional("classes", \.classes, Codec<Int>.positive.or("none"), or: "auto"),
        .optional("samples", \.samples, .positive, or: "auto"),
      ])
    let shards = Schema(
      "data", DataSettings(),
      [
        .required("train", \.train, .paths), .optional("test", \.test, .paths),
        .optional("window", \.window, .positive, or: "none"),
        .optional("epochWindows", \.epochWindows, .positive, or: "auto"),
      ] + Field.loading
    ) { settings, node throws(JobError) in
      if settings.window == nil, settings.epochWindows != nil {
        throw JobError(
          node.child("epochWindows")?.place ?? node.place,
          "epochWindows needs the key \"window\": only token files have windows")
      }
    }
    return Codec(
      expectation: "synthetic or the keys train and test",
      decode: { node throws(JobError) in
        switch node.content {
        case .scalar("synthetic", _):
          return DataSettings(synthetic: DataSettings.Synthetic())
        case .mapping(let entries) where entries.contains { $0.key == "synthetic" }:
          if let other = entries.first(where: { $0.key != "synthetic" }) {
            throw JobError(
              other.place, "data is either synthetic or has shards, found \"\(other.key)\" too")
          }
          return DataSettings(synthetic: try synthetic.decode(entries[0].value))
        case .mapping: return try shards.decode(node)
        default: throw node.mismatch("synthetic or the keys train and test")
        }
      },
      encode: { settings in
        if let made = settings.synthetic {
          return Node([(Node("synthetic"), synthetic.codec.encode(made))])
        }
        return Node(
          shards.pairs(settings).filter {
            switch $0.0.string {
            case "test": !settings.test.isEmpty
            case "window", "epochWindows": settings.window != nil
            default: true
            }
          })
      })
  }
}
