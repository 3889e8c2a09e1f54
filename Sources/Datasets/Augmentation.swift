/// A random change of a training sample: a function of the seed, the epoch and the sample, so that it does
/// not depend on ranks or threads.
///
/// Images are channels x height x width, as they are fed: after normalisation.
public enum Augmentation: Sendable, Hashable {
  /// Mirrors images left to right, and top to bottom, with these probabilities.
  case flip(horizontal: Double, vertical: Double)
  /// Cuts an image of the same size out of one with so many rows and columns of zeros around it.
  case crop(padding: Int)
  /// Turns images by up to so many degrees to either side, linear between pixels; zeros come in.
  case rotate(degrees: Double)
  /// Adds up to `brightness`; scales the distance from the image's mean by up to 1 +- `contrast`; mixes
  /// each pixel with the mean of its channels, by up to 1 +- `saturation`.
  case colorJitter(brightness: Double, contrast: Double, saturation: Double)
  /// Sets a square of so many rows and columns to zero; its centre lies anywhere in the image.
  case cutOut(size: Int)
  /// Adds normal noise of this deviation to every feature.
  case noise(deviation: Double)
  /// Mixes a sample with another one of the split, by a share of the distribution Beta(alpha, alpha). The
  /// label is that of either, drawn with the same share: on average the gradient of mixed labels (Zhang et
  /// al. 2018). Targets are mixed.
  case mixUp(alpha: Double)

  /// Whether it takes images of three axes only.
  public var wantsImages: Bool {
    switch self {
    case .noise, .mixUp: false
    default: true
    }
  }
}
