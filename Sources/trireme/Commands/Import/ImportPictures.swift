import ArgumentParser
import Importers

struct ImportMNIST: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mnist",
    abstract: "The IDX files of MNIST and its relatives, gzip or not.")

  @Argument(
    help: "A folder with train-images..., train-labels... and perhaps t10k-...",
    completion: .directory)
  var folder: String

  @Option(help: "The data set's name.")
  var name = "mnist"

  @Option(help: "Names of the classes, separated by commas.")
  var classes: String?

  @OptionGroup var options: ImportOptions

  func run() throws {
    options.run { try MNISTSource.splits(folder: folder, name: name, classNames: words(classes)) }
  }
}

struct ImportCIFAR10: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cifar10", abstract: "The binary version of CIFAR-10.")

  @Argument(help: "Files or a folder; those called test... are the test split.")
  var sources: [String]

  @OptionGroup var options: ImportOptions

  func run() throws { options.run { try CIFARSource.splits(sources, kind: .cifar10) } }
}

struct ImportCIFAR100: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cifar100", abstract: "The binary version of CIFAR-100, with its fine classes.")

  @Argument(help: "Files or a folder; those called test... are the test split.")
  var sources: [String]

  @OptionGroup var options: ImportOptions

  func run() throws { options.run { try CIFARSource.splits(sources, kind: .cifar100) } }
}

struct ImportImages: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "images", abstract: "PNG and JPEG images, one folder a class.")

  @Argument(help: "A folder of folders; the name of each is a class.", completion: .directory)
  var folder: String

  @Option(help: "A folder of the same form for the test split.", completion: .directory)
  var test: String?

  @Option(help: "The data set's name; that of the folder by default.")
  var name: String?

  @Option(help: "1 for grey, 3 for colour; as the first image by default.")
  var channels: Int?

  @Option(help: ArgumentHelp("Resize to this.", valueName: "HEIGHTxWIDTH"))
  var size: String?

  @OptionGroup var options: ImportOptions

  func validate() throws {
    guard [nil, 1, 3].contains(channels) else { throw ValidationError("--channels is 1 or 3") }
    if let size = try numbers(size, option: "--size"), size.count != 2 {
      throw ValidationError("--size is HEIGHTxWIDTH")
    }
  }

  func run() throws {
    var reading = ImageFolder.Options()
    reading.channels = channels
    if let size = try numbers(size, option: "--size") { reading.size = (size[0], size[1]) }
    let name = name ?? folder.split(separator: "/").last.map(String.init) ?? "images"
    options.run { [reading] in
      let train = try ImageFolder(path: folder, name: name, options: reading)
      guard let test else { return [ImportedSplit("train", train)] }
      var reading = reading
      let shape = train.layout.featureShape
      reading.channels = shape[0]
      if reading.size == nil { reading.size = (shape[1], shape[2]) }
      let other = try ImageFolder(
        path: test, name: name, options: reading, classNames: train.layout.classNames)
      return [ImportedSplit("train", train), ImportedSplit("test", other)]
    }
  }
}
