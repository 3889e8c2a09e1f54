// swift-tools-version: 6.2
import PackageDescription

// MARK: - Floors
//
// A module imports only what stands on a lower floor; see Documentation/architecture.md.

let package = Package(
  name: "trireme",
  products: [
    .library(name: "MPI", targets: ["MPI"]),
    .library(name: "HDF5", targets: ["HDF5"]),
    .library(
      name: "Trireme",
      targets: ["Graph", "Engine", "Layers", "Optimizers", "Datasets", "Checkpoints", "Training"]),
    .executable(name: "trireme", targets: ["trireme"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
  ],
  targets: [
    // Floor 0: C libraries and the few loops that Swift cannot vectorise portably.
    .system("CMPI", pkgConfig: "ompi-c", apt: ["libopenmpi-dev", "openmpi-bin"]),
    .system("CHDF5", pkgConfig: "hdf5-serial", apt: ["libhdf5-dev"]),
    .system("CDeflate", pkgConfig: "libdeflate", apt: ["libdeflate-dev"]),
    .system("COneDNN", apt: ["libdnnl-dev"]),
    .target(name: "CKernels"),
    .target(
      name: "CCodecs",
      linkerSettings: [.linkedLibrary("z"), .linkedLibrary("png16"), .linkedLibrary("jpeg")]),

    // Floor 1: the two libraries that are useful without Trireme.
    .module("MPI", on: ["CMPI"]),
    .module("HDF5", on: ["CHDF5", "CDeflate", "CKernels"]),

    .module("Randomness"),

    // Floor 2
    .module("Graph", on: ["Randomness"]),

    // Floor 3
    .module("Engine", on: ["Graph", "Randomness", "COneDNN", "CKernels"]),
    .module("Collectives", on: ["MPI", "CKernels"]),
    .module("Datasets", on: ["HDF5", "Randomness", "CKernels"]),

    // Floor 4
    .module("Layers", on: ["Graph"]),
    .module("Optimizers", on: ["CKernels"]),
    .module("Checkpoints", on: ["HDF5", "CKernels"]),
    .module("Importers", on: ["Datasets", "HDF5", "Randomness", "CCodecs"]),

    // Floor 5
    .module(
      "Parallelism",
      on: [
        "Engine", "Graph", "Layers", "Collectives", "MPI", "Optimizers", "Randomness", "CKernels",
      ]),
    .module(
      "Federated",
      on: [
        "Engine", "Graph", "Layers", "Collectives", "MPI", "Optimizers", "Datasets", "Randomness",
        "CKernels",
      ], packages: [.product(name: "Crypto", package: "swift-crypto")]),

    .module("Interchange", on: ["Checkpoints", "Graph", "HDF5"]),
    .module("Neighbours", on: ["Datasets", "Engine", "Graph", "MPI"]),

    // Floor 6
    .module(
      "Training",
      on: [
        "Parallelism", "Federated", "Engine", "Graph", "Layers", "Optimizers", "Datasets",
        "Importers", "Checkpoints", "Collectives", "Interchange", "MPI", "Neighbours", "HDF5",
        "Randomness",
      ],
      packages: [
        .product(name: "Yams", package: "Yams"), .product(name: "Logging", package: "swift-log"),
      ],
      // A link to Slurm/train.sbatch, which `trireme submit` fills in.
      resources: [.embedInCode("Launch/train.sbatch")]),

    .module(
      "Scaling", on: ["Collectives", "Parallelism"],
      packages: [.product(name: "Yams", package: "Yams")]),

    // Floor 7
    .executableTarget(
      name: "trireme",
      dependencies: [
        "Training", "Federated", "Importers", "Datasets", "Collectives", "MPI", "Neighbours",
        "Parallelism", "Scaling",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: .strict),

    // What tests count allocations with.
    .target(name: "CAllocations", path: "Tests/Support/CAllocations"),
    .target(
      name: "Allocations", dependencies: ["CAllocations"], path: "Tests/Support/Allocations",
      swiftSettings: .strict),

    // Tests: one target a module, one for what needs mpirun, one for the built command.
    .tests("MPITests", of: ["MPI"]),
    .tests("HDF5Tests", of: ["HDF5"]),
    .tests("RandomnessTests", of: ["Randomness"]),
    .tests("GraphTests", of: ["Graph"]),
    .tests("EngineTests", of: ["Engine", "Graph", "Randomness", "Allocations"]),
    .tests("CollectivesTests", of: ["Collectives"]),
    .tests("DatasetsTests", of: ["Datasets", "HDF5"]),
    .tests("ImportersTests", of: ["Importers", "Datasets", "HDF5"]),
    .tests("LayersTests", of: ["Layers", "Graph", "Engine"]),
    .tests("OptimizersTests", of: ["Optimizers"]),
    .tests("CheckpointsTests", of: ["Checkpoints", "HDF5"]),
    .tests("ParallelismTests", of: ["Parallelism", "Engine", "Graph", "Layers", "Optimizers"]),
    .tests(
      "InterchangeTests", of: ["Interchange", "Checkpoints", "Graph", "HDF5", "Layers"]),
    .testTarget(
      name: "FederatedTests",
      dependencies: ["Federated", .product(name: "Crypto", package: "swift-crypto")],
      swiftSettings: .strict),
    .tests("ScalingTests", of: ["Scaling", "Collectives", "Parallelism"]),
    .tests(
      "TrainingTests",
      of: ["Training", "Federated", "Datasets", "Graph", "Layers", "Optimizers"]),
    .tests(
      "ReferenceTests",
      of: ["Training", "Parallelism", "Engine", "Graph", "HDF5", "Layers", "Optimizers"]),
    .tests(
      "RankTests",
      of: [
        "MPI", "Collectives", "Parallelism", "Datasets", "Importers", "Engine", "Graph", "Layers",
        "Optimizers", "Federated", "Neighbours", "HDF5", "Allocations",
      ]),
    .tests("EndToEndTests", of: ["HDF5"]),
  ]
)

extension [SwiftSetting] {
  /// Settings of every target: a warning is an error, an import is internal unless it says `public`.
  static var strict: [SwiftSetting] {
    [.treatAllWarnings(as: .error), .enableUpcomingFeature("InternalImportsByDefault")]
  }
}

extension Target {
  /// A C library of the system, reached through `Sources/<name>/module.modulemap`.
  static func system(_ name: String, pkgConfig: String? = nil, apt: [String]) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt(apt)])
  }

  /// A Swift module that stands on `modules` of the floors below it.
  static func module(
    _ name: String, on modules: [String] = [], packages: [Target.Dependency] = [],
    resources: [Resource] = []
  ) -> Target {
    .target(
      name: name, dependencies: modules.map { .target(name: $0) } + packages,
      resources: resources, swiftSettings: .strict)
  }

  /// The Swift Testing suites in `Tests/<name>`.
  static func tests(_ name: String, of modules: [String]) -> Target {
    .testTarget(
      name: name, dependencies: modules.map { .target(name: $0) }, swiftSettings: .strict)
  }
}
