import HDF5
import Testing

@Suite struct AttributesTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func scalarsComeBackAsTheirType() throws {
    let attributes = try File.create(folder("a.h5")).attributes
    try attributes.set("int", 1 << 40)
    try attributes.set("double", 0.1)
    try attributes.set("float", Float(0.1))
    try attributes.set("string", "λ")
    #expect(try attributes.int("int") == 1 << 40)
    #expect(try attributes.double("double") == 0.1)
    #expect(try attributes.value("float", of: Float.self) == 0.1)
    #expect(try attributes.string("string") == "λ")
    #expect(try attributes.names == ["double", "float", "int", "string"])
  }

  @Test func arraysComeBackAsTheirType() throws {
    let attributes = try File.create(folder("a.h5")).createGroup("g").attributes
    try attributes.set("ints", [3, 1, 2])
    try attributes.set("doubles", [0.5, -1])
    try attributes.set("strings", ["setosa", "virginica"])
    try attributes.set("fixed", ["a", "bc"], length: .fixed(2))
    try attributes.set("matrix", [1.0, 2, 3, 4], shape: [2, 2])
    #expect(try attributes.ints("ints") == [3, 1, 2])
    #expect(try attributes.doubles("doubles") == [0.5, -1])
    #expect(try attributes.strings("strings") == ["setosa", "virginica"])
    #expect(try attributes.strings("fixed") == ["a", "bc"])
    #expect(try attributes.shape("matrix") == [2, 2])
  }

  @Test func emptyArraysAndStringsAreKept() throws {
    let attributes = try File.create(folder("a.h5")).attributes
    try attributes.set("none", [Double]())
    try attributes.set("empty", "")
    #expect(try attributes.doubles("none") == [])
    #expect(try attributes.string("empty") == "")
  }

  @Test func settingAgainReplaces() throws {
    let attributes = try File.create(folder("a.h5")).attributes
    try attributes.set("x", 1)
    try attributes.set("x", "now a string")
    #expect(try attributes.string("x") == "now a string")
    #expect(try attributes.names == ["x"])
  }

  @Test func missingAttributeNamesItself() throws {
    let attributes = try File.create(folder("a.h5")).attributes
    #expect(try attributes.contains("x") == false)
    let error = #expect(throws: HDF5Error.self) { try attributes.int("x") }
    #expect(error?.path.hasSuffix("a.h5:/@x") == true)
  }

  @Test func wrongClassIsRefused() throws {
    let attributes = try File.create(folder("a.h5")).attributes
    try attributes.set("s", "text")
    try attributes.set("d", 0.5)
    #expect(throws: HDF5Error.self) { try attributes.int("s") }
    #expect(throws: HDF5Error.self) { try attributes.int("d") }
    #expect(throws: HDF5Error.self) { try attributes.string("d") }
  }

  @Test func severalValuesAreNotOne() throws {
    let attributes = try File.create(folder("a.h5")).attributes
    try attributes.set("x", [1, 2])
    #expect(throws: HDF5Error.self) { try attributes.int("x") }
  }

  @Test(arguments: [StringLength.variable, .fixed(200_000)])
  func textsAboveSixtyFourKibibytesFit(length: StringLength) throws {
    let text = String(repeating: "oar ", count: 50_000)
    let attributes = try File.create(folder("a.h5")).attributes
    try attributes.set("job", text, length: length)
    #expect(try attributes.string("job") == text)
  }

  @Test func removedAttributeIsGone() throws {
    let attributes = try File.create(folder("a.h5")).attributes
    try attributes.set("x", 1)
    try attributes.remove("x")
    #expect(try attributes.contains("x") == false)
  }

  @Test func datasetsCarryAttributes() throws {
    let file = try File.create(folder("a.h5"))
    try file.createDataset("x", shape: [1], of: Float.self).attributes.set("unit", "cm")
    #expect(try file.untypedDataset("x").attributes.string("unit") == "cm")
  }
}
