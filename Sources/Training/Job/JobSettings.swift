import Layers
import Optimizers
import Yams

/// The keys of a job file as they are written, before what depends on the model is worked out.
struct JobSettings {
  var data = DataSettings()
  var model = Model(inputShape: [], layers: [])
  var loss = Loss.softmaxCrossEntropy
  var metrics = Job.Metrics()
  var optimizer = Job.Optimization(rule: SGD(), schedule: ConstantSchedule(0.01))
  var training = Job.Training()
  var parallel = Job.Parallel()
  var checkpoint = Job.Checkpoint()
  var divergence = Job.Divergence()

  static var schema: Schema<JobSettings> {
    Schema(
      "the job", JobSettings(),
      [
        .required("data", \.data, .data),
        .required("model", \.model, Schema.model.block),
        .required("loss", \.loss, .loss),
        .optional("metrics", \.metrics, .metrics),
        .required("optimizer", \.optimizer, .optimizer),
        .required("training", \.training, Schema.training.codec),
        .optional("parallel", \.parallel, Schema.parallel.codec),
        .optional("checkpoint", \.checkpoint, Schema.checkpoint.codec),
        .optional("divergence", \.divergence, Schema.divergence.codec),
      ])
  }
}
