extension DatasetSummary: CustomStringConvertible {
  /// Several lines: what samples are, then one line a shard.
  public var description: String {
    var lines = [
      "data set   \(name.isEmpty ? "(unnamed)" : name)",
      "samples    \(count) in \(shards.count) shard\(shards.count == 1 ? "" : "s")",
      "features   \(featureType.rawValue) \(text(featureShape))",
    ]
    switch labelKind {
    case .classes(let classes):
      lines.append("labels     \(classes) classes \(text(labelShape))")
      for (name, count) in zip(classNames, classCounts) { lines.append("  \(name): \(count)") }
    case .targets: lines.append("labels     float targets \(text(labelShape))")
    case .none: lines.append("labels     none")
    }
    for channel in mean.indices.prefix(16) {
      let (mean, deviation) = (rounded(mean[channel]), rounded(deviation[channel]))
      lines.append("channel \(channel)  mean \(mean), deviation \(deviation)")
    }
    if mean.count > 16 { lines.append("  ... and \(mean.count - 16) more channels") }
    lines.append("normalised \(normalization == nil ? "no" : "yes, when read")")
    for shard in shards {
      var line = "\(shard.path): \(shard.count) samples, "
      line += "\(rounded(shard.minimum)) ... \(rounded(shard.maximum))"
      if !shard.classCounts.isEmpty { line += ", classes \(shard.classCounts)" }
      if shard.notFinite > 0 { line += ", \(shard.notFinite) SAMPLES NOT FINITE" }
      lines.append(line)
    }
    if let picture {
      lines.append("sample 0")
      lines += picture.map { "  " + $0 }
    }
    return lines.joined(separator: "\n")
  }

  /// `1 x 8 x 8`, or `one each`.
  private func text(_ shape: [Int]) -> String {
    shape.isEmpty ? "one each" : shape.map(String.init).joined(separator: " x ")
  }

  private func rounded(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
    return "\((value * 10_000).rounded() / 10_000)"
  }
}
