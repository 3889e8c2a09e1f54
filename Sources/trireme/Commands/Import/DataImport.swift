import ArgumentParser

struct DataImport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Make shards of other people's files.",
    discussion: """
      Writes train-00.h5, train-01.h5, ... and test.h5 to the output folder: checksummed, shuffled by a \
      seed, integers as integers. Under mpirun each rank writes its share of the files; the bytes are \
      the same.
      """,
    subcommands: [
      ImportMNIST.self, ImportCIFAR10.self, ImportCIFAR100.self, ImportCSV.self, ImportNumPy.self,
      ImportHDF5.self, ImportImages.self, ImportNames.self, ImportText.self, ImportTimeSeries.self,
      ImportSynthetic.self,
    ])
}
