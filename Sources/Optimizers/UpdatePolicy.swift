/// All that decides how gradients change parameters: the rule, and what is done before and after it.
///
///     gradients ─ clip by value ─ clip by global norm ─ rule, group by group ─ average of weights
public struct UpdatePolicy: Equatable, Sendable {
  /// The rule.
  public var rule: any Optimizer
  /// Exceptions; the first group that contains a parameter decides.
  public var groups: [ParameterGroup]
  /// Whether the rule's weight decay also holds for parameters of less than two axes, which are biases
  /// and the scales of normalisations. True in PyTorch; false is what recipes ask for.
  public var decaysVectors: Bool
  /// Each element of the gradient is cut to [-x, x] (`torch.nn.utils.clip_grad_value_`).
  public var clipValue: Double?
  /// If the norm of the whole gradient is larger it is scaled down to this
  /// (`torch.nn.utils.clip_grad_norm_`; Pascanu et al. 2013).
  public var clipNorm: Double?
  /// The share of the past in an exponential moving average of the weights; none is kept if nil.
  public var averaging: Double?

  /// A rule by itself, unless said otherwise.
  public init(
    _ rule: any Optimizer, groups: [ParameterGroup] = [], decaysVectors: Bool = true,
    clipValue: Double? = nil, clipNorm: Double? = nil, averaging: Double? = nil
  ) {
    self.rule = rule
    self.groups = groups
    self.decaysVectors = decaysVectors
    self.clipValue = clipValue
    self.clipNorm = clipNorm
    self.averaging = averaging
  }

  /// The name of the array that holds the average of the weights.
  public static let averageSlot = "average"

  /// The rule's arrays, then the average of the weights if one is kept.
  public var slotNames: [String] {
    rule.slotNames + (averaging == nil ? [] : [Self.averageSlot])
  }

  /// The groups that contain none of `paths`, most likely by a slip of the pen.
  public func idleGroups(among paths: [String]) -> [ParameterGroup] {
    groups.filter { group in !paths.contains(where: group.contains) }
  }

  /// The rule if a matrix is changed by nothing but parameter -= rate * (gradient + weight decay *
  /// parameter), so that a step could be made while the gradient is computed.
  public var plainDescent: SGD? {
    guard let rule = rule as? SGD, rule.momentum == 0, groups.isEmpty, clipValue == nil,
      clipNorm == nil, averaging == nil
    else { return nil }
    return rule
  }

  /// The rule and the factor of the rate for one parameter.
  func settings(for place: ParameterPlace) -> (rule: any Optimizer, rateFactor: Double) {
    var rule = rule
    if !decaysVectors, place.axisCount < 2 { rule.weightDecay = 0 }
    guard let group = groups.first(where: { $0.contains(place.path) }) else { return (rule, 1) }
    if let weightDecay = group.weightDecay { rule.weightDecay = weightDecay }
    return (rule, group.rateFactor)
  }

  /// Whether both policies have equal rules and settings.
  public static func == (a: UpdatePolicy, b: UpdatePolicy) -> Bool {
    a.rule.isEqual(to: b.rule) && a.groups == b.groups && a.decaysVectors == b.decaysVectors
      && a.clipValue == b.clipValue && a.clipNorm == b.clipNorm && a.averaging == b.averaging
  }
}

/// Where a parameter lies in the flat arrays.
public struct ParameterPlace: Hashable, Sendable {
  /// The dotted path.
  public var path: String
  /// The number of its axes.
  public var axisCount: Int
  /// Its elements, with the padding of its layout: zeros, of which nothing changes.
  public var range: Range<Int>

  /// A parameter at `range`.
  public init(path: String, axisCount: Int, range: Range<Int>) {
    self.path = path
    self.axisCount = axisCount
    self.range = range
  }
}
