import CKernels
import COneDNN
import Foundation

/// How many threads the kernels of the calling thread use.
public enum KernelThreads {
  // Note [Threads]
  // Kernels run on one thread each, and a rank with several cores runs several micro-batches side
  // by side. Splitting a kernel over threads would change the order of its sums with the number of
  // cores, and costs a barrier an op; micro-batches meet once a step.

  /// Makes kernels called from this thread run on it alone. Call it first in every thread that makes
  /// plans or runs executors.
  public static func useOne() { conednn_use_one_thread() }

  /// Cores that this process may run on: its affinity mask, which launchers and batch systems set.
  public static var allowedCores: Int {
    let allowed = Int(ck_allowed_cores())
    return allowed > 0 ? allowed : ProcessInfo.processInfo.activeProcessorCount
  }
}
