// MARK: - Reading and writing everything

extension Dataset {
  /// Reads all elements (`H5Dread`).
  public func read() throws(HDF5Error) -> [Element] { try everything.read() }

  /// Reads all elements into `buffer`, whose count must be that of the dataset (`H5Dread`).
  public func read(into buffer: UnsafeMutableBufferPointer<Element>) throws(HDF5Error) {
    try everything.read(into: buffer)
  }

  /// Reads all elements into `array`, whose count must be that of the dataset (`H5Dread`).
  public func read(into array: inout [Element]) throws(HDF5Error) {
    try everything.read(into: &array)
  }

  /// Writes all elements; the array's count must be that of the dataset (`H5Dwrite`).
  public func write(_ elements: [Element]) throws(HDF5Error) {
    try elements.withUnsafeBufferPointer { (buffer) throws(HDF5Error) in try write(buffer) }
  }

  /// Writes all elements; the buffer's count must be that of the dataset (`H5Dwrite`).
  public func write(_ elements: UnsafeBufferPointer<Element>) throws(HDF5Error) {
    if let chunks = try ChunkWriter(location, Element.scalarType, count: elements.count) {
      try chunks.write(UnsafeRawBufferPointer(elements))
    } else {
      try everything.write(elements)
    }
  }

  private var everything: Hyperslab<Element> { Hyperslab(dataset: location, selection: nil) }
}
