import HDF5
import Importers
import Testing

@Suite struct PictureSourceTests {
  let folder: ImportFolder

  init() throws { folder = try ImportFolder() }

  /// Two images of 2 x 3 with their labels.
  private func writeIDX() throws {
    try folder.write(
      [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3] + (0..<12).map { UInt8($0 * 20) },
      as: "train-images-idx3-ubyte")
    try folder.write([0, 0, 8, 1, 0, 0, 0, 2, 4, 1], as: "train-labels-idx1-ubyte")
  }

  @Test func idxFilesAreReadAsTheyAre() throws {
    try writeIDX()
    let splits = try MNISTSource.splits(folder: folder.path, name: "small")
    let samples = splits[0].samples
    #expect(splits.count == 1)
    #expect(samples.layout.featureShape == [1, 2, 3])
    #expect(samples.layout.featureType == .uint8)
    #expect(samples.layout.classNames == ["0", "1", "2", "3", "4"])
    let second = try sample(samples, 1)
    #expect(second.features == [120, 140, 160, 180, 200, 220])
    #expect(second.label == 1)
  }

  @Test func cutIDXFilesAreRefused() throws {
    try writeIDX()
    try folder.write([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2], as: "train-images-idx3-ubyte")
    #expect(
      refusal { _ = try MNISTSource.splits(folder: folder.path, name: "small") }
        .hasSuffix("ends too early: 4 more bytes were expected, 0 are left"))
    try folder.write(
      [0, 0, 8, 3, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 2, 0xFF, 0xFF, 0xFF, 3],
      as: "train-images-idx3-ubyte")
    #expect(
      refusal { _ = try MNISTSource.splits(folder: folder.path, name: "small") }
        .contains("but 0 bytes follow"))
  }

  @Test func cifarRecordsAreSplitIntoClassAndColours() throws {
    let record = (0..<3072).map { UInt8(truncatingIfNeeded: $0) }
    try folder.write([3] + record + [9] + record.reversed(), as: "data_batch_1.bin")
    try folder.write([7] + record, as: "test_batch.bin")
    let splits = try CIFARSource.splits([folder.path], kind: .cifar10)
    #expect(splits.map(\.name) == ["train", "test"])
    #expect(splits.map(\.samples.count) == [2, 1])
    #expect(try sample(splits[0].samples, 1).label == 9)
    #expect(try sample(splits[0].samples, 1).features == record.reversed().map(Double.init))
    #expect(try sample(splits[1].samples, 0).label == 7)
  }

  @Test func cifar100HasFineClasses() throws {
    try folder.write([1, 99] + [UInt8](repeating: 5, count: 3072), as: "train.bin")
    let splits = try CIFARSource.splits([folder("train.bin")], kind: .cifar100)
    #expect(try sample(splits[0].samples, 0).label == 99)
  }

  /// Red, green; blue, (10, 20, 30).
  private static let png =
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAE0lEQVR4nGP4z8DAAMIM/7lE5AAaWAM6VmOiPAAAAABJRU5ErkJggg=="
  /// The same, with an alpha of 7.
  private static let clear =
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAYAAABytg0kAAAAGUlEQVR4nGP4z8DAzvAfiBkY/rNzicixAwAkYQNWDE6XSgAAAABJRU5ErkJggg=="
  /// Grey of 8 x 8: 4 (8 y + x), quality 95.
  private static let jpeg =
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoKCgoKBggLDAsKDAkKCgr/wAALCAAIAAgBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/AK/w2/4NuP8AV/8AFBen/Lt/9av/2Q=="

  @Test(arguments: [png, clear]) func coloursBecomePlanes(image: String) throws {
    try folder.write(base64: image, as: "set/b/1.png")
    try folder.write(base64: image, as: "set/a/1.png")
    let images = try ImageFolder(path: folder("set"), name: "set", options: ImageFolder.Options())
    #expect(images.layout.featureShape == [3, 2, 2])
    #expect(images.layout.classNames == ["a", "b"])
    let second = try sample(images, 1)
    #expect(second.features == [255, 0, 0, 10, 0, 255, 0, 20, 0, 0, 255, 30])
    #expect(second.label == 1)
  }

  @Test func jpegIsDecoded() throws {
    try folder.write(base64: Self.jpeg, as: "set/a/1.jpg")
    let images = try ImageFolder(path: folder("set"), name: "set", options: ImageFolder.Options())
    #expect(images.layout.featureShape == [1, 8, 8])
    // Quality 95 leaves a few grey levels of 256.
    for (place, value) in try sample(images, 0).features.enumerated() {
      #expect(abs(value - Double(4 * place)) <= 6, "pixel \(place) is \(value)")
    }
  }

  @Test func imagesOfOtherSizesAreResizedOrRefused() throws {
    try folder.write(base64: Self.png, as: "set/a/1.png")
    try folder.write(base64: Self.jpeg, as: "set/a/2.jpg")
    var options = ImageFolder.Options()
    #expect(
      refusal { _ = try ImageFolder(path: folder("set"), name: "set", options: options) }
        .contains("2.jpg: is 8 x 8, the first image is 2 x 2; give --size"))
    options.size = (4, 4)
    options.channels = 1
    let images = try ImageFolder(path: folder("set"), name: "set", options: options)
    #expect(images.layout.featureShape == [1, 4, 4])
    // Halving a ramp keeps its mean of 126.
    let mean = try sample(images, 1).features.reduce(0, +) / 16
    #expect(abs(mean - 126) < 3)
  }

  @Test func damagedImagesAreNamed() throws {
    try folder.write(base64: Self.png, as: "set/a/1.png")
    let images = try ImageFolder(path: folder("set"), name: "set", options: ImageFolder.Options())
    try folder.write([0x89, 0x50, 0x4E, 0x47, 1, 2, 3], as: "set/a/1.png")
    #expect(refusal { _ = try sample(images, 0) }.contains("1.png: is no image that can be read"))
  }
}
