/// A place where a function is as great as can be found from `start` within bounds: BFGS, with coordinates that press
/// against a bound left out of a step, and halved steps until the function grows enough.
///
/// - Parameter function: its value and gradient; nil where it has none.
/// - Returns: nil where it has none at the start.
func ascended(
  from start: [Double], between lower: [Double], and upper: [Double], steps: Int = 60,
  _ function: ([Double]) -> (value: Double, gradient: [Double])?
) -> (place: [Double], value: Double)? {
  guard var (value, gradient) = function(start) else { return nil }
  let size = start.count
  var place = start
  let identity = (0..<size * size).map { $0 / size == $0 % size ? 1.0 : 0 }
  var (curvature, isFresh) = (identity, true)
  for _ in 0..<steps {
    let free = (0..<size).map { i in
      !(place[i] <= lower[i] && gradient[i] < 0 || place[i] >= upper[i] && gradient[i] > 0)
    }
    guard (0..<size).contains(where: { free[$0] && abs(gradient[$0]) > 1e-6 }) else { break }
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    var direction = (0..<size).map { i in
      free[i] ? (0..<size).reduce(0) { $0 + (free[$1] ? curvature[i * size + $1] * gradient[$1] : 0) } : 0
    }
    if dot(direction, gradient) <= 0 {
      (curvature, isFresh) = (identity, true)
      direction = (0..<size).map { free[$0] ? gradient[$0] : 0 }
    }
    // No step longer than 1, a factor e of a parameter whose logarithm this is.
    let longest = direction.map { abs($0) }.max() ?? 0
    var share = longest > 1 ? 1 / longest : 1
    var next: (place: [Double], value: Double, gradient: [Double])?
    while next == nil, share > 1e-8 {
      let tried = (0..<size).map { min(max(place[$0] + share * direction[$0], lower[$0]), upper[$0]) }
      let gain = (0..<size).reduce(0) { $0 + gradient[$1] * (tried[$1] - place[$1]) }
      if let found = function(tried), found.value > value, found.value >= value + 1e-4 * gain {
        next = (tried, found.value, found.gradient)
      }
      share /= 2
    }
    guard let next else {
      if isFresh { break }
      (curvature, isFresh) = (identity, true)
      continue
    }
    let s = (0..<size).map { next.place[$0] - place[$0] }
    let y = (0..<size).map { gradient[$0] - next.gradient[$0] }
    let sy = dot(s, y)
    if sy > 1e-12 {
      let hy = (0..<size).map { i in (0..<size).reduce(0) { $0 + curvature[i * size + $1] * y[$1] } }
      let yhy = dot(y, hy)
      for i in 0..<size {
        for j in 0..<size {
          curvature[i * size + j] += (1 + yhy / sy) * s[i] * s[j] / sy - (hy[i] * s[j] + s[i] * hy[j]) / sy
        }
      }
      isFresh = false
    }
    (place, value, gradient) = next
  }
  return (place, value)
}
