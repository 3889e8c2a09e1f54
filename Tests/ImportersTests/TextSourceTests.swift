import HDF5
import Importers
import Testing

@Suite struct TextSourceTests {
  let folder: ImportFolder

  init() throws { folder = try ImportFolder() }

  @Test func charactersGetIdsInTheOrderOfUnicode() throws {
    let text = try TextSource([folder.write("héllo\n", as: "t.txt")], level: .characters, name: "t")
    #expect(text.vocabulary == ["\n", "h", "l", "o", "é"])
    #expect(text.tokens == [1, 4, 2, 2, 3, 0])
    #expect(text.type == .uint8)
  }

  @Test func bytesAreTheirOwnIds() throws {
    let text = try TextSource([folder.write([0, 255, 10], as: "t.bin")], level: .bytes, name: "t")
    #expect(text.tokens == [0, 255, 10])
    #expect(text.vocabulary == nil)
    #expect(
      refusal { _ = try TextSource([folder("t.bin")], level: .characters, name: "t") }
        .hasSuffix("is no UTF-8 text; --level bytes takes any file"))
  }

  @Test func tokenFilesHoldTheTextAgain() throws {
    let text = try TextSource(
      [folder.write("to be or not", as: "t.txt")], level: .characters, name: "t")
    let writer = ShardWriter(folder: folder.path)
    try writer.write(text, 3..<9, as: "train-00.h5", compression: 3)
    try writer.finish("train-00.h5")
    let file = try File.open(folder("train-00.h5"))
    let vocabulary = try file.attributes.strings("vocabulary")
    let tokens = try file.dataset("tokens", of: UInt8.self).read()
    #expect(tokens.map { vocabulary[Int($0)] }.joined() == "be or ")
  }

  @Test func wordsArePaddedAndClassedByTheirFile() throws {
    try folder.write("Ann\nBo\n\n", as: "n/first.txt")
    try folder.write("Cannon\n", as: "n/last.txt")
    let names = try NamesSource.samples([folder("n")], name: "names")
    #expect(names.layout.vocabulary == ["", "A", "B", "C", "a", "n", "o"])
    #expect(names.layout.classNames == ["first", "last"])
    #expect(try sample(names, 1).features == [2, 6, 0, 0, 0, 0])
    #expect(try names.length(of: 1) == 2)
    #expect(try sample(names, 2).features == [3, 4, 5, 5, 6, 5])
    #expect(try sample(names, 2).label == 1)
  }
}
