/// A rectangular, possibly strided part of a dataset. Making one does no I/O; `read` and `write`
/// do.
public struct Hyperslab<Element: HDF5Scalar>: Sendable {
  let dataset: Location
  /// One per axis, or `nil` for everything.
  let selection: [AxisSelection]?

  /// Elements along each axis that was not selected by an `Int`.
  ///
  /// - Throws: `HDF5Error` when the selection reaches outside the dataset.
  public var shape: [Int] {
    get throws(HDF5Error) { try Transfer(dataset, selection, "shape").shape }
  }

  /// Reads the part (`H5Dread`).
  ///
  /// - Throws: `HDF5Error` when the selection reaches outside the dataset, the disk or a checksum
  ///   fails, or an integer does not fit `Element`.
  public func read() throws(HDF5Error) -> [Element] {
    let transfer = try Transfer(dataset, selection, "read")
    var elements = [Element](repeating: .zero, count: transfer.count)
    try Self.fill(&elements, by: transfer)
    return elements
  }

  /// Reads the part into `buffer`, whose count must be that of the selection (`H5Dread`).
  public func read(into buffer: UnsafeMutableBufferPointer<Element>) throws(HDF5Error) {
    let transfer = try Transfer(dataset, selection, "read")
    try transfer.read(as: Element.scalarType, into: UnsafeMutableRawBufferPointer(buffer))
  }

  /// Reads the part into `array`, whose count must be that of the selection (`H5Dread`).
  public func read(into array: inout [Element]) throws(HDF5Error) {
    try Self.fill(&array, by: Transfer(dataset, selection, "read"))
  }

  /// Writes the part; the array's count must be that of the selection (`H5Dwrite`).
  public func write(_ elements: [Element]) throws(HDF5Error) {
    let transfer = try Transfer(dataset, selection, "write")
    try elements.withUnsafeBufferPointer { (buffer) throws(HDF5Error) in
      try transfer.write(as: Element.scalarType, from: UnsafeRawBufferPointer(buffer))
    }
  }

  /// Writes the part; the buffer's count must be that of the selection (`H5Dwrite`).
  public func write(_ elements: UnsafeBufferPointer<Element>) throws(HDF5Error) {
    let transfer = try Transfer(dataset, selection, "write")
    try transfer.write(as: Element.scalarType, from: UnsafeRawBufferPointer(elements))
  }

  private static func fill(_ elements: inout [Element], by transfer: Transfer) throws(HDF5Error) {
    try elements.withUnsafeMutableBufferPointer { (buffer) throws(HDF5Error) in
      try transfer.read(as: Element.scalarType, into: UnsafeMutableRawBufferPointer(buffer))
    }
  }
}

extension Dataset {
  /// Selects a part, one subscript per axis: `images[0..<256, .all]`, `images[stride(from: 0, to:
  /// 60, by: 2), 3]`.
  ///
  /// An `Int` drops its axis from the result's shape. Nothing is read yet, so nothing can fail yet.
  public subscript<each Index: AxisIndex>(_ index: repeat each Index) -> Hyperslab<Element> {
    var selection: [AxisSelection] = []
    repeat selection.append((each index).axisSelection)
    return Hyperslab(dataset: location, selection: selection)
  }

  /// Selects a part whose number of axes is known only when the program runs, one selection per
  /// axis.
  public func select(_ selection: [AxisSelection]) -> Hyperslab<Element> {
    Hyperslab(dataset: location, selection: selection)
  }

  /// Selects the positions `rows` of the first axis and everything along the others.
  ///
  /// - Throws: `HDF5Error` when the dataset is a scalar.
  public func rows(_ rows: Range<Int>) throws(HDF5Error) -> Hyperslab<Element> {
    let rank = try shape.count
    let others = [AxisSelection](
      repeating: AllIndices().axisSelection, count: max(0, rank - 1))
    return Hyperslab(dataset: location, selection: [rows.axisSelection] + others)
  }
}
