extension DatasetSummary {
  /// A sample of channels x height x width as lines of grey in characters, dark to light; `nil` for
  /// samples of other shapes. At most 48 columns; rows are twice as high as columns are wide.
  static func picture(_ sample: [Float], shape: [Int]) -> [String]? {
    guard shape.count == 3, shape[0] == 1 || shape[0] == 3, shape[1] >= 4, shape[2] >= 4,
      let low = sample.filter(\.isFinite).min(), let high = sample.filter(\.isFinite).max(),
      low < high
    else { return nil }
    let (height, width) = (shape[1], shape[2])
    let columns = min(48, 2 * width)
    let rows = max(1, columns * height / width / 2)
    let shades = Array(" .:-=+*#%@")
    return (0..<rows).map { row in
      let y = (row * height + height / 2) / rows
      return String(
        (0..<columns).map { column -> Character in
          let place = min(y, height - 1) * width + column * width / columns
          let grey = (0..<shape[0]).reduce(Float(0)) { $0 + sample[$1 * height * width + place] }
          let share = (grey / Float(shape[0]) - low) / (high - low)
          guard share.isFinite else { return "?" }
          return shades[max(0, min(shades.count - 1, Int(share * Float(shades.count))))]
        })
    }
  }
}
