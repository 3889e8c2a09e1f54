import Datasets

// Note [Spreading classes evenly]
//
// Sample j of the n of its class wants the place (j + 1/2) / n of the whole; sorted by that, any
// stretch of the list has of each class its share, give or take one:
//
//     class a, 4 samples   .125      .375      .625      .875
//     class b, 2 samples        .25                 .75
//     list                 a    b    a         a    b    a

/// Lists of samples in which every stretch has of each class its share.
package enum Stratification {
  /// The members of each class, in the order of `list`.
  package static func members(
    of list: SampleList, in samples: any SourceSamples
  ) throws -> [[Int]] {
    var members: [[Int]] = []
    for position in 0..<list.count {
      let sample = list[position]
      let label = try samples.classIndex(of: sample)
      while members.count <= label { members.append([]) }
      members[label].append(sample)
    }
    return members
  }

  /// Classes one into the other.
  package static func spread(_ members: [[Int]]) -> [Int] {
    var places: [(place: Double, sample: Int)] = []
    for samples in members {
      for (index, sample) in samples.enumerated() {
        places.append(((Double(index) + 0.5) / Double(samples.count), sample))
      }
    }
    // Equal places keep the order of classes: the sort is by place and then by where it came from.
    return places.enumerated().sorted {
      ($0.element.place, $0.offset) < ($1.element.place, $1.offset)
    }
    .map(\.element.sample)
  }
}
