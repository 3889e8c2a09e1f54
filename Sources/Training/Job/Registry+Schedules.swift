import Optimizers
import Yams

/// The schedules of the job file: one line each.
private var scheduleKinds: [Kind<any Schedule>] {
  [
    .schedule(ConstantSchedule.fields, ConstantSchedule(0.01)),
    .schedule(StepSchedule.fields, StepSchedule(start: 0.01, every: 1)),
    .schedule(MilestoneSchedule.fields, MilestoneSchedule(start: 0.01, milestones: [])),
    .schedule(ExponentialSchedule.fields, ExponentialSchedule(start: 0.01, factor: 1)),
    .schedule(CosineSchedule.fields, CosineSchedule(start: 0.01, steps: 1), length: \.steps),
    .schedule(
      PolynomialSchedule.fields, PolynomialSchedule(start: 0.01, steps: 1), length: \.steps),
    .schedule(OneCycleSchedule.fields, OneCycleSchedule(peak: 0.01, steps: 1), length: \.steps),
    .schedule(ReduceOnPlateau.fields, ReduceOnPlateau(start: 0.01)),
  ]
}

extension Codec<any Schedule> {
  /// A number, which is the same rate for all steps, or a schedule with its settings.
  static var schedule: Codec {
    let rate = Codec<Double>.number(.positive)
    let named = Codec<any Schedule>.one(of: { scheduleKinds }, "schedule")
    return Codec(
      expectation: "a positive number or a schedule",
      decode: { node throws(JobError) in
        switch node.content {
        case .mapping: try named.decode(node)
        default: ConstantSchedule(try rate.decode(node))
        }
      },
      encode: { schedule in
        (schedule as? ConstantSchedule).map { rate.encode($0.rate) } ?? named.encode(schedule)
      })
  }
}

/// A schedule's keys and those that all schedules have.
struct ScheduleSettings<S: Schedule> {
  var schedule: S
  /// Steps of linear rise before it; they count in `steps`.
  var warmup = 0
  /// The global batch for which the rates were found.
  var scaledFrom: Int?
  /// The global batch in use, which the job fills in when it has been read.
  var batch: Int?
}

extension Kind<any Schedule> {
  /// - Parameter length: The schedule's length, which the file gives with the warm-up included.
  fileprivate static func schedule<S: Schedule>(
    _ fields: [Field<ScheduleSettings<S>>], _ start: S, length: WritableKeyPath<S, Int>? = nil
  ) -> Kind {
    let schema = Schema(
      start.name, ScheduleSettings(schedule: start),
      fields + [
        .optional("warmup", \.warmup, .integer("an integer that is not negative") { $0 >= 0 }),
        .optional("scaledFrom", \.scaledFrom, .positive, or: "none"),
      ],
      check: { settings, node throws(JobError) in
        if let length, settings.schedule[keyPath: length] <= settings.warmup {
          throw JobError(
            node.child("warmup")?.place ?? node.place,
            "warmup (\(settings.warmup)) must be less than steps (\(settings.schedule[keyPath: length]))"
          )
        }
      })
    return Kind(
      schema.name, schema.codec,
      wrap: { settings in
        var schedule = settings.schedule
        if let length { schedule[keyPath: length] -= settings.warmup }
        let warmed: any Schedule =
          settings.warmup == 0 ? schedule : Warmup(steps: settings.warmup, before: schedule)
        return settings.scaledFrom.map {
          LinearScaling(referenceBatch: $0, batch: settings.batch ?? $0, of: warmed)
        } ?? warmed
      },
      unwrap: { outer in
        let scaling = outer as? LinearScaling
        let scaled = scaling?.schedule ?? outer
        let warmup = scaled as? Warmup
        guard var schedule = (warmup?.schedule ?? scaled) as? S else { return nil }
        if let length { schedule[keyPath: length] += warmup?.steps ?? 0 }
        return ScheduleSettings(
          schedule: schedule, warmup: warmup?.steps ?? 0, scaledFrom: scaling?.referenceBatch,
          batch: scaling?.batch)
      })
  }
}

extension ConstantSchedule {
  fileprivate static var fields: [Field<ScheduleSettings<Self>>] {
    [.required("rate", \.schedule.rate, .number(.positive))]
  }
}

extension StepSchedule {
  fileprivate static var fields: [Field<ScheduleSettings<Self>>] {
    [
      .required("from", \.schedule.start, .number(.positive)),
      .optional("factor", \.schedule.factor, .number(.positive)),
      .required("every", \.schedule.every, .positive),
    ]
  }
}

extension MilestoneSchedule {
  fileprivate static var fields: [Field<ScheduleSettings<Self>>] {
    [
      .required("from", \.schedule.start, .number(.positive)),
      .optional("factor", \.schedule.factor, .number(.positive)),
      .required("at", \.schedule.milestones, Codec<Int>.positive.list),
    ]
  }
}

extension ExponentialSchedule {
  fileprivate static var fields: [Field<ScheduleSettings<Self>>] {
    [
      .required("from", \.schedule.start, .number(.positive)),
      .required("factor", \.schedule.factor, .number(.positive)),
      .optional("every", \.schedule.every, .positive),
    ]
  }
}

extension CosineSchedule {
  fileprivate static var fields: [Field<ScheduleSettings<Self>>] {
    [
      .required("from", \.schedule.start, .number(.positive)),
      .optional("to", \.schedule.end, .number(.notNegative)),
      .required("steps", \.schedule.steps, .positive),
    ]
  }
}

extension PolynomialSchedule {
  fileprivate static var fields: [Field<ScheduleSettings<Self>>] {
    [
      .required("from", \.schedule.start, .number(.positive)),
      .optional("to", \.schedule.end, .number(.notNegative)),
      .required("steps", \.schedule.steps, .positive),
      .optional("power", \.schedule.power, .number(.positive)),
    ]
  }
}

extension OneCycleSchedule {
  fileprivate static var fields: [Field<ScheduleSettings<Self>>] {
    [
      .required("peak", \.schedule.peak, .number(.positive)),
      .required("steps", \.schedule.steps, .positive),
      .optional("rise", \.schedule.rise, .number(.unit)),
      .optional("startDivisor", \.schedule.startDivisor, .number(.positive)),
      .optional("endDivisor", \.schedule.endDivisor, .number(.positive)),
      .optional("form", \.schedule.form, .word),
    ]
  }
}

extension ReduceOnPlateau {
  fileprivate static var fields: [Field<ScheduleSettings<Self>>] {
    let count = Codec<Int>.integer("an integer that is not negative") { $0 >= 0 }
    return [
      .required("from", \.schedule.start, .number(.positive)),
      .optional("factor", \.schedule.factor, .number(.fraction)),
      .optional("patience", \.schedule.patience, count),
      .optional("threshold", \.schedule.threshold, .number(.fraction)),
      .optional("cooldown", \.schedule.cooldown, count),
      .optional("minimum", \.schedule.minimum, .number(.notNegative)),
    ]
  }
}
