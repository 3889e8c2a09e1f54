// swift-tools-version: 6.2
import PackageDescription

// One executable for each example. The package stands apart, as a user's own would, and takes from Trireme
// only the products that its examples name.

let package = Package(
  name: "trireme-examples",
  dependencies: [
    .package(name: "trireme", path: "..")
  ],
  targets: [
    .executableTarget(
      name: "MPIRing", dependencies: [.product(name: "MPI", package: "trireme")]),
    .executableTarget(
      name: "HDF5Roundtrip", dependencies: [.product(name: "HDF5", package: "trireme")]),
    .executableTarget(
      name: "HighwayNetwork",
      dependencies: [
        .product(name: "Trireme", package: "trireme"), .product(name: "MPI", package: "trireme"),
      ]),
  ]
)
