/// What a link's velocity gains in a second while all joints keep their rates: limbs go round in circles.
struct SteadyGain {
  /// Of the centre of mass, m/s².
  var linear = SIMD3<Double>.zero
  /// Of the angular velocity, rad/s².
  var angular = SIMD3<Double>.zero
}

extension Simulation {
  /// Follows the joints outwards from the world: J̇·q̇ of every link's six coordinates.
  func findSteadyGains() {
    for index in links.indices {
      let link = links[index]
      let freedom = freedoms[link.firstFreedom]
      let hasParent = link.parent >= 0
      let parent = hasParent ? steadyGains[link.parent] : SteadyGain()
      let spin = parentAngular(freedom)
      /// What a point gains that the parent carries along.
      func carried(_ point: SIMD3<Double>) -> SIMD3<Double> {
        guard hasParent else { return .zero }
        let arm = point - links[link.parent].position
        return parent.linear + cross(parent.angular, arm) + cross(spin, cross(spin, arm))
      }
      var gain = SteadyGain(linear: carried(link.position), angular: parent.angular)
      switch freedom.kind {
      case .slide:
        guard hasParent else { break }
        let carrier = links[link.parent]
        let along = link.linear - carrier.linear - cross(spin, link.position - carrier.position)
        gain.linear += 2 * cross(spin, along)
      case .hinge, .gimbal, .ball, .planarSlide, .free:
        // A free joint's coordinates are of the frame's origin, and it begins with no parent.
        let pivot = freedom.kind == .free ? .zero : freedom.anchor
        let arm = link.rotate(link.centre - pivot)
        gain.angular += freedom.kind == .gimbal ? freedom.axesTurning : cross(spin, link.angular)
        gain.linear =
          carried(link.position - arm) + cross(gain.angular, arm) + cross(link.angular, cross(link.angular, arm))
      }
      steadyGains[index] = gain
    }
  }
}
