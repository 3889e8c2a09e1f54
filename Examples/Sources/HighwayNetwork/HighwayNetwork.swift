import MPI
import Training

// Trains a network with a layer of its own, from a job file that names it:
//
//     swift build -c release --package-path Examples --scratch-path .build/examples
//     mpirun -n 2 .build/examples/release/HighwayNetwork Examples/highway.yaml runs/highway

@main
enum HighwayNetwork {
  static func main() {
    guard CommandLine.arguments.count == 3 else {
      print("usage: HighwayNetwork JOB.yaml OUTPUT-FOLDER")
      return
    }
    let (file, output) = (CommandLine.arguments[1], CommandLine.arguments[2])
    Highway.register()
    withMPI { world in
      let job = try world.agreeing { try Job(file: file) }
      let trainer = try Trainer(job, output: RunFolder(output), resume: .auto, on: world)
      let result = try trainer.run()
      if world.isRoot, let result { print("test \(result) on \(result.samples) samples") }
    }
  }
}
