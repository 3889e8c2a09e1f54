import Datasets
import Foundation
import Testing

@Suite struct ShardPathsTests {
  let folder: ShardFolder

  init() throws {
    folder = try ShardFolder()
    for name in ["train-10.h5", "train-02.h5", "train-00.h5", "test.h5", "train-00.txt"] {
      try Data().write(to: URL(fileURLWithPath: folder(name)))
    }
  }

  @Test func matchesAreSorted() throws {
    let paths = try ShardPaths.expand(["train-*.h5"], relativeTo: folder.path)
    #expect(paths == ["train-00.h5", "train-02.h5", "train-10.h5"].map { folder($0) })
  }

  @Test func patternsKeepTheirOrder() throws {
    let paths = try ShardPaths.expand([folder("train-1?.h5"), folder("test.h5")])
    #expect(paths == ["train-10.h5", "test.h5"].map { folder($0) })
  }

  @Test func folderOfAnInterruptedImportIsRefused() throws {
    try Data().write(to: URL(fileURLWithPath: folder(ShardPaths.unfinishedMark)))
    #expect(throws: DatasetError.unfinished(folder: folder.path)) {
      try ShardPaths.expand(["train-*.h5"], relativeTo: folder.path)
    }
  }

  @Test func patternWithoutMatchIsNamed() {
    #expect(throws: DatasetError.noMatch(pattern: folder("valid-*.h5"))) {
      try ShardPaths.expand(["test.h5", "valid-*.h5"], relativeTo: folder.path)
    }
  }
}
