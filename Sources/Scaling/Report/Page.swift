/// A page in HTML that needs nothing but itself: style and pictures are in it.
struct Page {
  /// What follows a heading.
  enum Block {
    case paragraph(String)
    case list([String])
    /// Rows of cells, the first with the names of the columns.
    case table([[String]])
    /// Pictures in SVG with a caption each, side by side where there is room.
    case figures([(svg: String, caption: String)])
    /// A verdict: good or not.
    case verdict(String, isGood: Bool)
  }

  var title: String
  var blocks: [Block] = []
  var sections: [(heading: String, blocks: [Block])] = []

  /// The file's text.
  var html: String {
    var body = "<h1>\(Self.escaped(title))</h1>\n" + blocks.map(Self.html).joined()
    for section in sections {
      body += "<section>\n<h2>\(Self.escaped(section.heading))</h2>\n"
      body += section.blocks.map(Self.html).joined() + "</section>\n"
    }
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(Self.escaped(title))</title>
      <style>
      \(Self.style)</style>
      </head>
      <body>
      \(body)</body>
      </html>

      """
  }

  private static let style = """
    body { font: 15px/1.5 sans-serif; color: #1c1c1c; background: #fff; margin: 0 auto;
      max-width: 1220px; padding: 24px; }
    h1 { font-size: 26px; margin: 0 0 8px; }
    h2 { font-size: 19px; margin: 36px 0 8px; border-bottom: 1px solid #ddd; padding-bottom: 4px; }
    p, ul { max-width: 900px; margin: 8px 0; }
    .scroll { overflow-x: auto; margin: 12px 0; }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
    th, td { padding: 4px 12px; text-align: right; border-bottom: 1px solid #e4e4e4;
      white-space: nowrap; font-size: 14px; }
    th { background: #f4f5f7; font-weight: 600; white-space: normal; vertical-align: bottom; }
    th:first-child, td:first-child { text-align: left; }
    .figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(360px, 1fr));
      gap: 16px; margin: 16px 0; }
    figure { margin: 0; border: 1px solid #e4e4e4; border-radius: 6px; padding: 8px; }
    figure svg { width: 100%; height: auto; display: block; }
    figcaption { font-size: 13px; color: #555; padding: 4px 8px; }
    .good, .bad { display: inline-block; padding: 4px 12px; border-radius: 4px; font-weight: 600; }
    .good { background: #e2f3ec; color: #00563d; }
    .bad { background: #fbe5da; color: #8a3400; }
    dl { display: grid; grid-template-columns: max-content auto; gap: 2px 16px; }

    """

  private static func html(_ block: Block) -> String {
    switch block {
    case .paragraph(let text):
      return "<p>\(escaped(text))</p>\n"
    case .list(let items):
      guard !items.isEmpty else { return "" }
      return "<ul>\n" + items.map { "<li>\(escaped($0))</li>\n" }.joined() + "</ul>\n"
    case .table(let rows):
      guard let header = rows.first else { return "" }
      let head = header.map { "<th>\(escaped($0))</th>" }.joined()
      let body = rows.dropFirst().map { row in
        "<tr>" + row.map { "<td>\(escaped($0))</td>" }.joined() + "</tr>\n"
      }.joined()
      return
        "<div class=\"scroll\"><table>\n<thead><tr>\(head)</tr></thead>\n<tbody>\n\(body)</tbody>\n</table></div>\n"
    case .figures(let figures):
      let parts = figures.map {
        "<figure>\n\($0.svg)<figcaption>\(escaped($0.caption))</figcaption>\n</figure>\n"
      }
      return "<div class=\"figures\">\n\(parts.joined())</div>\n"
    case .verdict(let text, let isGood):
      return "<p><span class=\"\(isGood ? "good" : "bad")\">\(escaped(text))</span></p>\n"
    }
  }

  /// `text` as HTML shows it.
  static func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      default: result.append(character)
      }
    }
  }
}
