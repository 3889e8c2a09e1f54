/// Images in folders, one folder a class: PNG and JPEG.
///
/// Images are decoded when they are asked for, so that any number of them takes little memory.
public final class ImageFolder: SourceSamples {
  /// How to read images.
  public struct Options: Sendable {
    /// 1 for grey, 3 for colour; `nil`: as the first image.
    public var channels: Int?
    /// Height and width to resize to; `nil`: all images must have the size of the first.
    public var size: (height: Int, width: Int)?

    /// The defaults.
    public init() {}
  }

  /// What the samples are: uint8 of channels x height x width.
  public let layout: SampleLayout
  /// Number of images.
  public var count: Int { files.count }
  private let files: [(path: String, label: UInt16)]
  private let size: ImageDecoder.Size
  private var decoder = ImageDecoder()

  /// Lists the images of a folder and reads the header of each.
  ///
  /// - Parameter classNames: the classes of another split, which must be the same.
  /// - Throws: `ImportError`.
  public init(
    path: String, name: String, options: Options, classNames: [String]? = nil
  ) throws(ImportError) {
    let folders = FolderListing.names(in: path).filter { FolderListing.isFolder("\(path)/\($0)") }
    let classes = classNames ?? folders
    guard !classes.isEmpty else {
      throw ImportError(path, "", "has no folders, one for each class")
    }
    guard classes.count <= Int(UInt16.max) else {
      throw ImportError(path, "", "has \(classes.count) folders, too many for classes")
    }
    var files: [(String, UInt16)] = []
    for folder in folders {
      guard let label = classes.firstIndex(of: folder) else {
        throw ImportError("\(path)/\(folder)", "", "is no class of the train split")
      }
      let images = FolderListing.files(
        "\(path)/\(folder)", endingIn: [".png", ".jpg", ".jpeg"])
      files += images.map { ($0, UInt16(label)) }
    }
    guard let first = files.first else {
      throw ImportError(path, "", "its folders hold no .png, .jpg or .jpeg")
    }
    var size = try ImageDecoder.size(of: FileBytes(path: first.0))
    size.channels = options.channels ?? size.channels
    if let wanted = options.size { (size.height, size.width) = wanted }
    for (file, _) in files {
      let own = try ImageDecoder.size(of: FileBytes(path: file))
      guard options.size != nil || (own.height, own.width) == (size.height, size.width) else {
        throw ImportError(
          file, "",
          "is \(own.width) x \(own.height), the first image is \(size.width) x \(size.height); "
            + "give --size HEIGHTxWIDTH to resize")
      }
    }
    var layout = SampleLayout(
      name: name, featureShape: [size.channels, size.height, size.width], featureType: .uint8)
    layout.labelType = .uint16
    layout.classNames = classes
    (self.layout, self.files, self.size) = (layout, files, size)
  }

  /// Decodes an image.
  public func readFeatures(_ index: Int, into target: UnsafeMutableRawBufferPointer) throws {
    try decoder.decode(FileBytes(path: files[index].path), as: size, into: target)
  }

  /// The class.
  public func readLabels(_ index: Int, into target: UnsafeMutableRawBufferPointer) throws {
    target.storeBytes(of: files[index].label, as: UInt16.self)
  }
}
