import HDF5
import Testing

@Suite struct GroupTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func groupsOnTheWayAreMade() throws {
    let file = try File.create(folder("a.h5"))
    let group = try file.createGroup("a/b/c")
    #expect(group.path == "/a/b/c")
    try group.createDataset("d/x", shape: [1], of: Int32.self)
    #expect(try file.exists("/a/b/c/d/x"))
    #expect(try file.group("a/b").exists("c/d"))
  }

  @Test func existingPathIsNotCreatedAgain() throws {
    let file = try File.create(folder("a.h5"))
    try file.createGroup("g")
    #expect(throws: HDF5Error.self) { try file.createGroup("g") }
    #expect(throws: HDF5Error.self) { try file.createDataset("g", shape: [1], of: Float.self) }
  }

  @Test func missingPathsDoNotExist() throws {
    let file = try File.create(folder("a.h5"))
    #expect(try file.exists("no") == false)
    #expect(try file.exists("no/where/at/all") == false)
    #expect(try file.exists("/"))
  }

  @Test func namesComeInOrderOfCreation() throws {
    let file = try File.create(folder("a.h5"))
    for name in ["zebra", "2", "10", "apple"] { try file.createGroup("g/\(name)") }
    #expect(try file.group("g").names == ["zebra", "2", "10", "apple"])
  }

  @Test func childrenTellWhatTheyAre() throws {
    let file = try File.create(folder("a.h5"))
    try file.createGroup("group")
    try file.createDataset("dataset", shape: [1], of: Float.self)
    try file.root.createSoftLink("soft", to: "/dataset")
    try file.root.createSoftLink("nowhere", to: "/missing")
    let kinds = try file.root.children.map { "\($0.name) \($0.kind)" }
    #expect(kinds == ["group group", "dataset dataset", "soft dataset", "nowhere dangling"])
  }

  @Test func datasetPathsAreListedDepthFirst() throws {
    let file = try File.create(folder("a.h5"))
    for path in ["b/y", "b/c/z", "a"] { try file.createDataset(path, shape: [1], of: Float.self) }
    #expect(try file.root.datasetPaths == ["b/y", "b/c/z", "a"])
  }

  @Test func commentsAreKept() throws {
    let group = try File.create(folder("a.h5")).createGroup("g")
    #expect(try group.comment == "")
    try group.setComment("made by hand")
    #expect(try group.comment == "made by hand")
  }

  @Test func deletedLinkIsGone() throws {
    let file = try File.create(folder("a.h5"))
    try file.createDataset("g/x", shape: [1], of: Float.self)
    try file.delete("g/x")
    #expect(try file.exists("g/x") == false)
    #expect(throws: HDF5Error.self) { try file.delete("g/x") }
  }

  @Test func renamedDatasetKeepsItsData() throws {
    let file = try File.create(folder("a.h5"))
    try file.createDataset("x", shape: [1], of: Int32.self).write([8])
    try file.rename("x", to: "deep/er/y")
    #expect(try file.exists("x") == false)
    #expect(try file.dataset("deep/er/y", of: Int32.self).read() == [8])
  }

  @Test func externalLinkReadsTheOtherFile() throws {
    let other = try File.create(folder("other.h5"))
    try other.createDataset("data/x", shape: [2], of: Int32.self).write([1, 2])
    try other.close()
    let file = try File.create(folder("a.h5"))
    try file.root.createExternalLink("link", toFile: "other.h5", object: "/data/x")
    #expect(try file.dataset("link", of: Int32.self).read() == [1, 2])
    #expect(try file.root.children.map(\.isExternal) == [true])
    try file.root.createExternalLink("lost", toFile: "none.h5", object: "/x")
    #expect(try file.exists("lost") == false)
  }

  @Test func virtualDatasetShowsItsSources() throws {
    for part in 0..<3 {
      let source = try File.create(folder("part-\(part).h5"))
      try source.createDataset("x", shape: [2, 3], of: Float.self).write(
        [Float](repeating: Float(part), count: 6))
      try source.close()
    }
    let file = try File.create(folder("all.h5"))
    let sources = (0..<3).map {
      VirtualSource(file: "part-\($0).h5", dataset: "/x", shape: [2, 3], offset: [2 * $0, 0])
    }
    let whole = try file.root.createVirtualDataset(
      "x", shape: [7, 3], of: Float.self, sources: sources)
    #expect(try whole[.all, 1].read() == [0, 0, 1, 1, 2, 2, 0])
    #expect(try file.untypedDataset("x").virtualSources == sources)
  }

  @Test func virtualSourceThatDoesNotFitIsRefused() throws {
    let file = try File.create(folder("a.h5"))
    let source = VirtualSource(file: "b.h5", dataset: "/x", shape: [4, 3], offset: [2, 0])
    #expect(throws: HDF5Error.self) {
      try file.root.createVirtualDataset("x", shape: [5, 3], of: Float.self, sources: [source])
    }
  }
}
