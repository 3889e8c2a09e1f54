/// Writes a list of cases as plain loops, statement by statement.
@resultBuilder enum CaseList {
  static func buildExpression(_ one: OpCase) -> [OpCase] { [one] }
  static func buildExpression(_ some: [OpCase]) -> [OpCase] { some }
  static func buildBlock(_ parts: [OpCase]...) -> [OpCase] { parts.flatMap { $0 } }
  static func buildOptional(_ part: [OpCase]?) -> [OpCase] { part ?? [] }
  static func buildArray(_ parts: [[OpCase]]) -> [OpCase] { parts.flatMap { $0 } }
}

extension OpCase {
  static func list(@CaseList _ cases: () -> [OpCase]) -> [OpCase] { cases() }
}
