import COneDNN

/// A region of memory that steps read and write; its address is known when an executor is made.
struct Buffer {
  enum Home: Hashable {
    /// Shared arena, placed by lifetime.
    case arena
    /// Memory that keeps its content between steps: inputs, constants, fetched values.
    case persistent
    /// The parameter of this index.
    case parameter(Int)
    /// The result slot of this index: a gradient, a statistic or a metric to be summed over ranks.
    case result(Int)
  }

  let byteCount: Int
  let home: Home
}

/// Position of a buffer in its plan.
typealias BufferID = Int

/// Where a value lies, and in which form.
struct Bound {
  let buffer: BufferID
  let layout: Layout
}

/// The addresses of one step's buffers, in the order in which the step names them.
struct Pointers {
  let base: UnsafeMutablePointer<UnsafeMutableRawPointer>

  subscript(_ index: Int) -> UnsafeMutablePointer<Float> {
    base[index].assumingMemoryBound(to: Float.self)
  }

  func bytes(_ index: Int) -> UnsafeMutablePointer<UInt8> {
    base[index].assumingMemoryBound(to: UInt8.self)
  }

  func int32(_ index: Int) -> UnsafeMutablePointer<Int32> {
    base[index].assumingMemoryBound(to: Int32.self)
  }
}

/// One entry of the flat list that a training step runs through.
struct Step {
  enum Work {
    /// A oneDNN primitive with its operands.
    case primitive(Primitive, [Argument])
    /// A kernel of ours; it gets the addresses of `buffers`.
    case function(buffers: [BufferID], (Pointers) -> Void)
    /// So many floats are copied from the first buffer to the second and summed there over ranks.
    case rankSum(BufferID, BufferID, count: Int)
    /// These, one after the other.
    indirect case sequence([Work])

    /// How many operands are bound to memory.
    var operandCount: Int {
      switch self {
      case .primitive(_, let arguments): arguments.count
      case .function(let buffers, _): buffers.count
      case .rankSum: 2
      case .sequence(let works): works.reduce(0) { $0 + $1.operandCount }
      }
    }
  }

  struct Argument {
    let number: Int32
    let buffer: BufferID
    let layout: Layout
    /// From the start of the buffer.
    var byteOffset = 0
  }

  /// Index of the node it computes; the first one, a product, if several are fused.
  let node: Int
  /// Name of the code that runs, for profiles.
  let kernel: String
  /// Buffers that it reads, once for each operand.
  let reads: [BufferID]
  /// Buffers that it writes.
  let writes: [BufferID]
  /// A written buffer and read ones that it may replace in place.
  let mayReplace: (written: BufferID, read: [BufferID])?
  /// Whether it only changes a layout.
  let isReorder: Bool
  let work: Work
  /// Bytes of scratch memory, which are the last that it writes.
  let scratchByteCount: Int
  /// How many equal steps share the node's cost; 0 if this one takes none of it.
  var parts = 1

  /// What it does to memory.
  var access: MemoryPlan.Access {
    MemoryPlan.Access(reads: reads, writes: writes, mayReplace: mayReplace)
  }
}
