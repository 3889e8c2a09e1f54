import ArgumentParser
import Importers

struct ImportNumPy: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "npy",
    abstract: "Arrays of NumPy: .npy files, or the members of an .npz file.",
    discussion: """
      trireme data import npy features.npy --labels labels.npy --output shards
      trireme data import npy mnist.npz --features x_train --labels y_train \
      --test-features x_test --test-labels y_test --output shards
      """, aliases: ["npz"])

  @Argument(help: "The .npz file, or the .npy file of the features.")
  var file: String

  @Option(help: "The member that holds the features (.npz).")
  var features = "x"

  @Option(help: "The member (.npz) or file (.npy) that holds the labels; none if not given.")
  var labels: String?

  @Option(help: "The test split's features: a member or a file.")
  var testFeatures: String?

  @Option(help: "The test split's labels.")
  var testLabels: String?

  @Option(help: "The data set's name; that of the file by default.")
  var name: String?

  @Option(help: "Names of the classes, separated by commas.")
  var classes: String?

  @OptionGroup var options: ImportOptions

  func run() throws {
    let isArchive = file.hasSuffix(".npz")
    let archive = isArchive ? file : nil
    let train = NumPySource.Names(features: isArchive ? features : file, labels: labels)
    let name = name ?? Stem.of(file)
    options.run {
      let samples = try NumPySource.samples(
        archive: archive, train, name: name, classNames: words(classes))
      guard let testFeatures else { return [ImportedSplit("train", samples)] }
      let test = try NumPySource.samples(
        archive: archive, NumPySource.Names(features: testFeatures, labels: testLabels),
        name: name, classNames: samples.layout.classNames)
      return [ImportedSplit("train", samples), ImportedSplit("test", test)]
    }
  }
}

struct ImportHDF5: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hdf5", abstract: "Datasets of any HDF5 file, by their paths.")

  @Argument(help: "The file.", completion: .file(extensions: ["h5", "hdf5"]))
  var file: String

  @Option(help: "Path of the features, samples along the first axis.")
  var features = "features"

  @Option(help: "Path of the labels; none if not given.")
  var labels: String?

  @Option(help: "Path of the test split's features.")
  var testFeatures: String?

  @Option(help: "Path of the test split's labels.")
  var testLabels: String?

  @Option(help: "A file that holds the test split; the same by default.")
  var testFile: String?

  @Option(help: "The data set's name; that of the file by default.")
  var name: String?

  @Option(help: "Names of the classes, separated by commas.")
  var classes: String?

  @OptionGroup var options: ImportOptions

  func run() throws {
    let name = name ?? Stem.of(file)
    options.run {
      let train = try HDF5Source(
        path: file, features: features, labels: labels, name: name, classNames: words(classes))
      guard testFile != nil || testFeatures != nil else { return [ImportedSplit("train", train)] }
      let test = try HDF5Source(
        path: testFile ?? file, features: testFeatures ?? features, labels: testLabels ?? labels,
        name: name, classNames: train.layout.classNames)
      return [ImportedSplit("train", train), ImportedSplit("test", test)]
    }
  }
}
