extension MJCFReader {
  /// Adds a camera to the model: nothing that is simulated, but a place to look from.
  mutating func readCamera(
    _ element: MarkupElement, body: Int, frame: Pose, childClass: String?
  ) throws(ModelError) {
    let values = try attributes(of: element, childClass: childClass)
    try refuseChildren(of: element)
    guard model.cameras.count < ImportLimits.geometries else {
      throw element.error("more than \(ImportLimits.geometries) cameras")
    }
    var camera = Model.Camera(name: try takeName(values), body: body, pose: frame * (try pose(values)))
    let modes = Model.Camera.Mode.allCases.map(\.rawValue)
    if let mode = try values.keyword("mode", modes) { camera.mode = Model.Camera.Mode(rawValue: mode) ?? .fixed }
    if let target = try values.string("target") { camera.target = target }
    // Degrees, whatever the compiler's unit of angles.
    if let angle = try values.number("fovy") {
      guard angle > 0, angle < 180 else { throw values.error("fovy", "is \(angle); it takes degrees in 0…180") }
      camera.verticalAngle = angle * .pi / 180
    }
    model.cameras.append(camera)
  }
}
