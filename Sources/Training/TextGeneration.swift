import Engine
import Glibc
import Graph
import Layers
import Randomness

/// Text by a language model: the next token is drawn from what the model says of it, again and again.
public struct TextGeneration: Sendable {
  /// What the text begins with; not empty.
  public var prompt: String
  /// Tokens to be added.
  public var length: Int
  /// Probabilities are raised to 1 / temperature: below 1 likely tokens become likelier; 0 takes the
  /// likeliest.
  public var temperature: Double
  /// Another seed, another text.
  public var seed: UInt64

  /// Text that begins with `prompt`.
  public init(prompt: String, length: Int, temperature: Double = 1, seed: UInt64 = 0) {
    self.prompt = prompt
    self.length = length
    self.temperature = temperature
    self.seed = seed
  }

  /// The token that follows, by the probabilities of all.
  func draw(_ probabilities: some Collection<Float>, _ random: inout CounterRandom) -> Int {
    let values = probabilities.map(Double.init)
    guard temperature > 0 else {
      return values.indices.max { (values[$0], $1) < (values[$1], $0) } ?? 0
    }
    // Relative to the largest, so that a low temperature leaves something of it.
    let largest = values.max() ?? 1
    let weights = values.map { pow($0 / largest, 1 / temperature) }
    var rest = Double(random.uniform()) * weights.reduce(0, +)
    for (token, weight) in weights.enumerated() {
      rest -= weight
      if rest < 0 { return token }
    }
    return weights.lastIndex { $0 > 0 } ?? 0
  }
}

/// The ids of texts and back.
struct Tokenizer {
  private let entries: [String]
  private let ids: [String: Int]
  private let longest: Int

  init(_ vocabulary: [String]) {
    entries = vocabulary
    ids = Dictionary(vocabulary.enumerated().map { ($1, $0) }) { first, _ in first }
    longest = vocabulary.map(\.unicodeScalars.count).max() ?? 0
  }

  /// The longest entry that fits, from left to right.
  ///
  /// - Throws: `Failure` naming the first character that no entry begins with.
  func tokens(_ text: String) throws -> [Int] {
    var tokens: [Int] = []
    var rest = text.unicodeScalars[...]
    while let first = rest.first {
      let found = stride(from: min(longest, rest.count), to: 0, by: -1).lazy
        .compactMap { count in ids[String(rest.prefix(count))].map { (count, $0) } }.first
      guard let (count, id) = found else {
        throw Failure(.usage, "the prompt holds \"\(first)\", which the model has never seen")
      }
      tokens.append(id)
      rest = rest.dropFirst(count)
    }
    return tokens
  }

  /// The text of `token`.
  func text(_ token: Int) -> String { entries.indices.contains(token) ? entries[token] : "" }
}

extension TrainedModel {
  /// Continues a text. Local, blocking.
  ///
  /// The model sees the last tokens, as many as its input has room for; of a shorter text what follows
  /// it is filled with the id 0, which a causal model does not see.
  ///
  /// - Parameter emit: Gets the prompt, then each token's text as soon as it is known.
  /// - Throws: `Failure` if the model is none of text, or the prompt is empty or not of its vocabulary.
  public func generate(_ generation: TextGeneration, emit: (String) -> Void) throws {
    guard let vocabulary else {
      throw Failure(
        .usage, "\(path): keeps no vocabulary: it was not trained on a text (data.window)")
    }
    let tokenizer = Tokenizer(vocabulary)
    var tokens = try tokenizer.tokens(generation.prompt)
    guard !tokens.isEmpty else { throw Failure(.usage, "--prompt is empty: give a few words") }
    let (prediction, executor) = try executor(1)
    let window = job.model.inputShape.count
    guard prediction.shape.dimensions.dropLast() == [1, window],
      let input = executor.input(TrainingGraph.InputName.features)?.bindMemory(to: Int32.self)
    else {
      throw Failure(.usage, "\(path): the model does not predict the next of each token")
    }
    let classes = prediction.shape.dimensions[2]
    var random = CounterRandom(seed: generation.seed, purpose: .sampling)
    emit(generation.prompt)
    for _ in 0..<generation.length {
      let seen = tokens.suffix(window)
      for (place, token) in seen.enumerated() { input[place] = Int32(token) }
      for place in seen.count..<window { input[place] = 0 }
      try executor.run()
      guard let values = executor.value(of: prediction) else { return }
      let next = generation.draw(
        values[(seen.count - 1) * classes..<seen.count * classes].prefix(vocabulary.count), &random)
      tokens.append(next)
      emit(tokenizer.text(next))
    }
  }
}
