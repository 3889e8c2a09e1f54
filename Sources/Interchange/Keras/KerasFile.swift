import Checkpoints
import HDF5

// Note [Keras's two layouts]
//
//     Keras 2 (.h5, and what Keras 3 writes to .h5)       Keras 3 (.weights.h5)
//
//     [model_weights/]    only in whole models            layers/
//       @layer_names      in the model's order              conv2d/vars/0, 1      kernel, bias
//       conv2d/                                             conv2d_1/vars/0, 1
//         @weight_names                                     dense/vars/0, 1
//         conv2d/kernel:0, bias:0                           lstm/cell/vars/0, 1, 2
//
// In the first the order of layers is known, and weights have names. In the second there is no order,
// but layers of one kind are counted, and so are their weights: trained ones first.

/// The weights in a file that Keras wrote.
struct KerasFile {
  /// A layer with weights.
  struct Layer {
    /// Its path in the file, dotted, such as `conv2d_1` or `bidirectional.forward_layer.cell`.
    let name: String
    /// Its weights in Keras's order.
    let weights: [CheckpointTensor]

    /// The name without the number that tells layers of one kind apart, and that number.
    var kind: (name: String, number: Int) {
      let parts = name.split(separator: ".", maxSplits: 1)
      let first = parts.first ?? ""
      guard let mark = first.lastIndex(of: "_"),
        let number = Int(first[first.index(after: mark)...])
      else { return (String(first), 0) }
      return (String(first[..<mark]), number)
    }
  }

  let path: String
  let layers: [Layer]
  /// Whether ``layers`` are in the model's order; else they are counted by kind.
  let isOrdered: Bool

  /// Reads all weights of a file.
  ///
  /// - Throws: `InterchangeError.unreadable` if HDF5 cannot read it, `malformed` if Keras did not
  ///   write it.
  init(_ path: String) throws(InterchangeError) {
    self.path = path
    do throws(HDF5Error) {
      let file = try File.open(path, .readOnly)
      let isWhole = try file.exists("model_weights")
      let root = isWhole ? try file.group("model_weights") : file.root
      if let names = try Self.strings(root.attributes, "layer_names") {
        isOrdered = true
        layers = try Self.ordered(root, names)
      } else if let name = try Self.firstThere(["layers", "_layer_checkpoint_dependencies"], file) {
        isOrdered = false
        layers = try Self.counted(try file.group(name), [])
      } else {
        isOrdered = true
        layers = []
      }
    } catch {
      throw .unreadable(file: path, reason: "\(error)")
    }
    guard !layers.isEmpty else {
      throw .malformed(
        file: path,
        problem:
          "holds no weights of a Keras model: neither layer_names (Keras 2) nor layers (Keras 3)")
    }
  }

  /// The first of `names` that the file has; newer files have the first, older ones the second.
  private static func firstThere(_ names: [String], _ file: File) throws(HDF5Error) -> String? {
    for name in names where try file.exists(name) { return name }
    return nil
  }

  /// Layers in the order of `names`. A layer with layers inside counts as these.
  private static func ordered(_ root: Group, _ names: [String]) throws(HDF5Error) -> [Layer] {
    var layers: [Layer] = []
    for name in names {
      let group = try root.group(name)
      var scopes: [String] = []
      var weights: [String: [CheckpointTensor]] = [:]
      for weight in try strings(group.attributes, "weight_names") ?? [] {
        let scope = weight.split(separator: "/").dropLast().joined(separator: ".")
        if weights[scope] == nil { scopes.append(scope) }
        weights[scope, default: []].append(try tensor(group, weight))
      }
      // The one scope of a plain layer is its name again, or in newer files something beside it.
      layers += scopes.map {
        Layer(name: scopes.count == 1 ? name : $0, weights: weights[$0] ?? [])
      }
    }
    return layers
  }

  /// Layers below a group of Keras 3, found by their `vars`.
  private static func counted(_ group: Group, _ path: [String]) throws(HDF5Error) -> [Layer] {
    var layers: [Layer] = []
    for child in try group.children where child.kind == .group {
      let inner = try group.group(child.name)
      guard child.name == "vars" else {
        layers += try counted(inner, path + [child.name])
        continue
      }
      var weights: [CheckpointTensor] = []
      for name in try inner.names.sorted(by: { (Int($0) ?? 0) < (Int($1) ?? 0) }) {
        weights.append(try tensor(inner, name))
      }
      if !weights.isEmpty {
        layers.append(Layer(name: path.joined(separator: "."), weights: weights))
      }
    }
    return layers
  }

  private static func tensor(_ group: Group, _ name: String) throws(HDF5Error) -> CheckpointTensor {
    let dataset: Dataset<Float> = try group.dataset(name)
    return CheckpointTensor(path: name, shape: try dataset.shape, values: try dataset.read())
  }

  /// The strings of an attribute, which Keras cuts into `name0`, `name1` ... when they are long; nil if
  /// there is none. Without a string Keras writes an empty list of numbers.
  private static func strings(
    _ attributes: Attributes, _ name: String
  ) throws(HDF5Error) -> [String]? {
    if try attributes.contains(name) {
      let isEmpty = try attributes.shape(name).contains(0)
      return isEmpty ? [] : try attributes.strings(name)
    }
    var all: [String] = []
    var part = 0
    while try attributes.contains("\(name)\(part)") {
      all += try attributes.strings("\(name)\(part)")
      part += 1
    }
    return part == 0 ? nil : all
  }
}
