import COneDNN
import Graph

/// Puts together one step of a plan that is many kernels, products and roundings, in order.
final class WorkSequence {
  /// The numbers that products take; see Note [Short operands].
  let arithmetic: Arithmetic
  private let compiler: Compiler
  /// What was put together so far, and the memory that only it needs.
  private(set) var works: [Step.Work] = []
  private(set) var scratch: [BufferID] = []
  private var products: [StridedProduct: (primitive: Primitive, scratch: BufferID?)] = [:]
  private var roundings: [Int: Primitive] = [:]

  init(_ compiler: Compiler, _ arithmetic: Arithmetic) {
    self.compiler = compiler
    self.arithmetic = arithmetic
  }

  /// Elements of a buffer from `first` on.
  struct Part {
    let buffer: BufferID
    var first = 0

    /// The operand of a primitive.
    fileprivate func argument(_ operand: Operand, _ layout: Layout) -> Step.Argument {
      Step.Argument(
        number: operand.argument, buffer: buffer, layout: layout,
        byteOffset: first * layout.elementByteCount)
    }
  }

  /// The addresses of a kernel's parts.
  struct Addresses {
    fileprivate let pointers: Pointers
    fileprivate let firsts: [Int]

    subscript(_ index: Int) -> UnsafeMutablePointer<Float> { pointers[index] + firsts[index] }
  }

  /// Appends a loop over these parts, of floats.
  func append(_ parts: [Part], _ kernel: @escaping (Addresses) -> Void) {
    let firsts = parts.map(\.first)
    works.append(
      .function(buffers: parts.map(\.buffer)) { kernel(Addresses(pointers: $0, firsts: firsts)) })
  }

  /// Appends a copy of floats, unless both have one place.
  func copy(_ source: BufferID, to target: BufferID, count: Int) {
    append([Part(buffer: source), Part(buffer: target)]) {
      if $0[0] != $0[1] { $0[1].update(from: $0[0], count: count) }
    }
  }

  /// Appends `count` zeros.
  func clear(_ part: Part, count: Int) {
    append([part]) { $0[0].update(repeating: 0, count: count) }
  }

  /// Appends a product.
  func append(
    _ product: StridedProduct, _ a: Part, _ b: Part, into c: Part
  ) throws(EngineError) {
    guard arithmetic != .float32 else {
      return append([a, b, c]) { product.run($0[0], $0[1], $0[2]) }
    }
    if products[product] == nil {
      let primitive = try product.primitive(arithmetic)
      let memory = primitive.layout(.scratch).map { compiler.makeBuffer($0) }
      scratch += memory.map { [$0] } ?? []
      products[product] = (primitive, memory)
    }
    guard let known = products[product] else { return }
    let layouts = try product.layouts(arithmetic)
    var arguments = [
      a.argument(.source, layouts.a), b.argument(.weights, layouts.b),
      c.argument(.destination, layouts.c),
    ]
    if let memory = known.scratch, let layout = known.primitive.layout(.scratch) {
      arguments.append(Part(buffer: memory).argument(.scratch, layout))
    }
    works.append(.primitive(known.primitive, arguments))
  }

  /// Rounds `count` floats for products, if these take rounded ones.
  func round(_ floats: Part, to short: Part, count: Int) throws(EngineError) {
    guard arithmetic != .float32 else { return }
    let whole = try Layout.plain([count])
    let rounded = try Layout.plain([count], in: arithmetic)
    if roundings[count] == nil { roundings[count] = try Primitive(from: whole, to: rounded) }
    guard let primitive = roundings[count] else { return }
    works.append(
      .primitive(primitive, [floats.argument(.from, whole), short.argument(.to, rounded)]))
  }
}
