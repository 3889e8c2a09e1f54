import HDF5

// Writes a compressed, checksummed dataset, then reads parts of it in another type:
//
//     swift build -c release
//     .build/release/HDF5Roundtrip roundtrip.h5 && h5dump -H roundtrip.h5

@main
enum HDF5Roundtrip {
  static func main() {
    do {
      try run(path: CommandLine.arguments.dropFirst().first ?? "roundtrip.h5")
    } catch {
      print(error)
    }
  }

  static func run(path: String) throws(HDF5Error) {
    let file = try File.create(path, mode: .truncate)
    let images = try file.createDataset(
      "train/images", shape: [600, 784], of: Float.self, chunks: [256, 784],
      filters: [.shuffle, .deflate(4), .fletcher32])
    let batch = (0..<256 * 784).map { Float($0 % 784) }
    try images[0..<256, .all].write(batch)
    try images.attributes.set("mean", 0.1307)
    try file.close()

    let again = try File.open(path)
    // Stored as Float32, read as Double.
    let input: Dataset<Double> = try again.dataset("train/images")
    let rows = try input[0..<2, .all].read()
    let column = try input[stride(from: 0, to: 600, by: 100), 3].read()
    print("two rows hold \(rows.count) numbers, every hundredth row of column 3 holds \(column)")
    print("mean: \(try input.attributes.double("mean"))")
  }
}
