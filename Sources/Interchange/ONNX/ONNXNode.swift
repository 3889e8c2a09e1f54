import Foundation
import Graph

// The messages of onnx.proto3 that a network needs, with their field numbers.

/// An operator with its operands.
struct ONNXNode {
  /// A setting of an operator.
  enum Attribute {
    case integer(Int)
    case integers([Int])
    case float(Float)
    case text(String)
    /// A graph that is run many times, such as a step of a recurrence.
    case body(ONNXBody)
  }

  var kind: String
  var inputs: [String]
  var outputs: [String]
  var name: String
  var attributes: [(name: String, value: Attribute)] = []

  /// `NodeProto`
  var message: ProtobufMessage {
    ProtobufMessage { node in
      for input in inputs { node.add(1, input) }
      for output in outputs { node.add(2, output) }
      node.add(3, name)
      node.add(4, kind)
      for (name, value) in attributes { node.add(5, value.message(name)) }
    }
  }
}

extension ONNXNode.Attribute {
  /// `AttributeProto`
  fileprivate func message(_ name: String) -> ProtobufMessage {
    ProtobufMessage { attribute in
      attribute.add(1, name)
      switch self {
      case .float(let value):
        attribute.add(2, value)
        attribute.add(20, 1)
      case .integer(let value):
        attribute.add(3, value)
        attribute.add(20, 2)
      case .text(let text):
        attribute.add(4, text)
        attribute.add(20, 3)
      case .body(let body):
        attribute.add(6, body.message)
        attribute.add(20, 5)
      case .integers(let values):
        for value in values { attribute.add(8, value) }
        attribute.add(20, 7)
      }
    }
  }
}

/// A graph inside an operator: reads its inputs, and whatever is known outside.
struct ONNXBody {
  let nodes: [ONNXNode]
  let inputs: [String]
  let outputs: [String]

  /// `GraphProto`
  var message: ProtobufMessage {
    ProtobufMessage { graph in
      for node in nodes { graph.add(1, node.message) }
      graph.add(2, "step")
      // Of values inside, the type of the elements is enough.
      let type = ProtobufMessage { $0.add(1, ProtobufMessage { $0.add(1, 1) }) }
      for (field, names) in [(11, inputs), (12, outputs)] {
        for name in names {
          graph.add(
            field,
            ProtobufMessage {
              $0.add(1, name)
              $0.add(2, type)
            })
        }
      }
    }
  }
}

/// A tensor that comes with the model.
struct ONNXTensor {
  enum Elements {
    case floats([Float])
    case integers([Int])
  }

  let name: String
  let shape: [Int]
  let elements: Elements

  /// `TensorProto`
  var message: ProtobufMessage {
    ProtobufMessage { tensor in
      for extent in shape { tensor.add(1, extent) }
      var data = Data()
      switch elements {
      case .floats(let values):
        tensor.add(2, 1)
        data.append(littleEndian: values)
      case .integers(let values):
        tensor.add(2, 7)
        for value in values {
          withUnsafeBytes(of: Int64(value).littleEndian) { data.append(contentsOf: $0) }
        }
      }
      tensor.add(8, name)
      tensor.add(9, data)
    }
  }
}

/// An extent that may depend on the number of samples: a number, or `factor` times the batch.
enum ONNXExtent: Equatable {
  case fixed(Int)
  case batch(factor: Int)

  /// `TensorShapeProto.Dimension`
  fileprivate var message: ProtobufMessage {
    ProtobufMessage { dimension in
      switch self {
      case .fixed(let extent): dimension.add(1, extent)
      case .batch(1): dimension.add(2, "batch")
      case .batch(let factor): dimension.add(2, "\(factor)*batch")
      }
    }
  }
}

/// What goes in or comes out.
struct ONNXValue {
  let name: String
  let element: ElementType
  let extents: [ONNXExtent]

  /// `ValueInfoProto`
  var message: ProtobufMessage {
    let tensor = ProtobufMessage { type in
      type.add(1, element == .float32 ? 1 : 6)
      type.add(
        2, ProtobufMessage { shape in for extent in extents { shape.add(1, extent.message) } })
    }
    return ProtobufMessage { value in
      value.add(1, name)
      value.add(2, ProtobufMessage { $0.add(1, tensor) })
    }
  }
}
