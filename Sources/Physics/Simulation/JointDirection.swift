import COpenDynamicsEngine

/// How a hinge's or slide's rate follows from the velocities of its two bodies, at the pose a step begins with; its
/// force acts on them the same way.
struct JointDirection {
  let link: Int
  let parent: Int
  /// On the velocity of the link's centre of mass, and against the parent's.
  var linear = SIMD3<Double>.zero
  /// On the link's angular velocity.
  var angular = SIMD3<Double>.zero
  /// On the parent's.
  var parentAngular = SIMD3<Double>.zero

  /// The direction of a freedom while the links are where the engine will find them.
  init(_ freedom: Freedom, _ links: UnsafeMutableBufferPointer<LinkState>) {
    (link, parent) = (freedom.link, freedom.parent)
    let body = links[link]
    switch freedom.kind {
    case .hinge:
      angular = body.rotate(freedom.axis)
      parentAngular = -angular
    case .gimbal:
      angular = freedom.dualAxis
      parentAngular = -angular
    case .slide:
      linear = body.rotate(freedom.axis)
      guard parent >= 0 else { return }
      // Both bodies turn as one, so that each has half of what turns the line between them.
      angular = 0.5 * cross(links[parent].position - body.position, linear)
      parentAngular = angular
    case .planarSlide: linear = freedom.axis
    case .ball, .free: break
    }
  }

  /// The rate that the bodies' velocities make.
  func rate(_ links: UnsafeMutableBufferPointer<LinkState>) -> Double {
    let body = links[link]
    let own = dot(linear, body.linear) + dot(angular, body.angular)
    guard parent >= 0 else { return own }
    return own - dot(linear, links[parent].linear) + dot(parentAngular, links[parent].angular)
  }

  /// Adds a force along the joint to the coming step.
  func push(_ force: Double, _ links: UnsafeMutableBufferPointer<LinkState>) {
    let (body, f, t) = (links[link].body, force * linear, force * angular)
    dBodyAddForce(body, f.x, f.y, f.z)
    dBodyAddTorque(body, t.x, t.y, t.z)
    guard parent >= 0 else { return }
    let (other, back) = (links[parent].body, force * parentAngular)
    dBodyAddForce(other, -f.x, -f.y, -f.z)
    dBodyAddTorque(other, back.x, back.y, back.z)
  }
}
