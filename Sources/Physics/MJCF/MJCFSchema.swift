/// The subset of MJCF that `Model` reads. Anything not listed here is an error that names it.
enum MJCFSchema {
  struct Entry {
    /// Attributes that are read.
    var read: [String]
    /// Attributes that are skipped with a warning: they change nothing that is simulated, or what they change is said.
    var skipped: [String] = []
  }

  static let orientation = ["quat", "axisangle", "euler", "xyaxes", "zaxis"]
  static let actuator = ["name", "class", "joint", "gear", "ctrlrange", "ctrllimited", "forcerange", "forcelimited"]

  static let attributes: [String: Entry] = [
    "mujoco": Entry(read: ["model"]),
    "compiler": Entry(
      read: ["angle", "coordinate", "autolimits", "inertiafromgeom", "settotalmass", "eulerseq"],
      skipped: ["meshdir", "texturedir", "assetdir", "discardvisual", "strippath", "usethread", "convexhull"]),
    "option": Entry(
      read: ["timestep", "gravity"],
      skipped: [
        "integrator", "solver", "iterations", "tolerance", "cone", "jacobian", "ls_iterations", "ls_tolerance",
        "noslip_iterations", "noslip_tolerance", "ccd_iterations", "ccd_tolerance", "mpr_iterations", "mpr_tolerance",
        "impratio", "density", "viscosity", "wind", "magnetic", "collision", "apirate",
      ]),
    "default": Entry(read: ["class"]),
    "worldbody": Entry(read: []),
    "actuator": Entry(read: []),
    "contact": Entry(read: []),
    "body": Entry(read: ["name", "childclass", "pos"] + orientation, skipped: ["user"]),
    "inertial": Entry(read: ["pos", "mass", "diaginertia", "fullinertia"] + orientation),
    "freejoint": Entry(read: ["name"], skipped: ["group"]),
    "joint": Entry(
      read: [
        "name", "class", "type", "axis", "pos", "range", "limited", "damping", "armature", "stiffness", "springref",
        "ref", "solreflimit", "solimplimit",
      ],
      skipped: ["user", "group", "frictionloss", "solreffriction", "solimpfriction", "margin"]),
    "geom": Entry(
      read: [
        "name", "class", "type", "size", "pos", "fromto", "density", "mass", "friction", "condim", "solref", "solimp",
        "margin", "contype", "conaffinity", "rgba",
      ] + orientation,
      skipped: ["material", "group", "user", "priority", "solmix", "gap"]),
    "motor": Entry(read: actuator, skipped: ["group", "user"]),
    "position": Entry(read: actuator + ["kp", "kv"], skipped: ["group", "user"]),
    "velocity": Entry(read: actuator + ["kv"], skipped: ["group", "user"]),
    "exclude": Entry(read: ["name", "body1", "body2"]),
  ]

  /// Elements that are skipped with a warning, by parent.
  static let skippedElements: [String: [String]] = [
    "mujoco": ["asset", "visual", "size", "statistic", "custom", "keyframe", "sensor"],
    "body": ["site", "camera", "light"],
    "worldbody": ["site", "camera", "light"],
  ]

  /// Elements whose defaults are accepted: using one of them is reported where it is used.
  static let defaultElements = [
    "site", "camera", "light", "mesh", "material", "tendon", "equality", "pair", "general", "intvelocity",
    "damper", "cylinder", "muscle", "adhesion",
  ]

  /// Flags that change how MuJoCo computes, not what.
  static let harmlessFlags = [
    "warmstart", "energy", "fwdinv", "multiccd", "midphase", "nativeccd", "island", "autoreset", "sensor", "eulerdamp",
    "refsafe", "invdiscrete",
  ]

  /// What a skipped attribute means for the simulation, where that is more than nothing.
  static let consequences: [String: String] = [
    "option/integrator": "Simulation integrates semi-implicitly (Euler)",
    "option/impratio": "friction is as stiff as ODE makes it",
    "option/density": "there are no fluid forces",
    "option/viscosity": "there are no fluid forces",
    "option/wind": "there are no fluid forces",
    "option/cone": "friction cones are pyramids",
    "joint/frictionloss": "the joint has no dry friction",
    "joint/margin": "limits begin at the range",
    "geom/priority": "contact parameters are averaged",
    "geom/solmix": "contact parameters are averaged",
    "geom/gap": "contacts act from the margin on",
    "geom/material": "the colour is rgba",
  ]
}
