/// What MJCF has (MuJoCo 2 to 4), and what becomes of it. What is not listed here is an error that names it.
enum MJCFSchema {
  struct Entry {
    /// Attributes that are read.
    var read: [String] = []
    /// Attributes without a meaning here: how MuJoCo draws, computes or allocates.
    var silent: [String] = []
    /// Attributes that are left out with a warning that says what that means. A value equal to `neutral` means nothing.
    var lost: [String: Loss] = [:]

    var known: [String] { (read + silent + lost.keys).sorted() }
  }

  struct Loss: ExpressibleByStringLiteral {
    var consequence: String
    var neutral: [String]

    init(_ consequence: String, neutral: String...) { (self.consequence, self.neutral) = (consequence, neutral) }
    init(stringLiteral: String) { self.init(stringLiteral) }

    func isNeutral(_ text: String) -> Bool {
      neutral.contains(text) || Double(text).map { number in neutral.contains { Double($0) == number } } ?? false
    }
  }

  static let orientation = ["quat", "axisangle", "euler", "xyaxes", "zaxis"]
  static let soft = ["solref", "solimp"]

  static let attributes: [String: Entry] = [
    "mujoco": Entry(read: ["model"]), "mujocoinclude": Entry(read: ["model"]),
    "compiler": Entry(
      read: [
        "angle", "coordinate", "autolimits", "inertiafromgeom", "settotalmass", "eulerseq", "meshdir", "assetdir",
        "strippath", "inertiagrouprange", "boundmass", "boundinertia", "balanceinertia", "discardvisual",
        "exactmeshinertia",
      ],
      silent: [
        "texturedir", "usethread", "convexhull", "fusestatic", "saveinertial", "savecompiled", "savecanonical",
        "passthrough", "conflict",
      ],
      lost: [
        "alignfree": Loss("free bodies keep the frames the file gives them", neutral: "false"),
        "fitaabb": Loss("primitives are fitted to a mesh's inertia", neutral: "false"),
      ]),
    "option": Entry(
      read: ["timestep", "gravity", "density", "viscosity", "wind", "cone", "impratio"],
      silent: [
        "solver", "iterations", "tolerance", "jacobian", "ls_iterations", "ls_tolerance", "noslip_iterations",
        "noslip_tolerance", "ccd_iterations", "ccd_tolerance", "mpr_iterations", "mpr_tolerance", "magnetic",
        "collision", "apirate", "sdf_iterations", "sdf_initpoints", "sleep_tolerance", "actuatorgroupdisable",
        "o_margin", "o_solref", "o_solimp", "o_friction",
      ],
      lost: ["integrator": Loss("Simulation integrates semi-implicitly", neutral: "Euler", "implicit", "implicitfast")]),
    "default": Entry(read: ["class"]),
    "worldbody": Entry(silent: ["name", "childclass"]),
    "asset": Entry(), "actuator": Entry(), "contact": Entry(), "tendon": Entry(), "equality": Entry(),
    "sensor": Entry(), "keyframe": Entry(),
    "include": Entry(read: ["file"]),
    "replicate": Entry(read: ["count", "offset", "euler", "sep", "childclass"]),
    "frame": Entry(read: ["name", "childclass", "pos"] + orientation),
    "body": Entry(
      read: ["name", "childclass", "pos", "mocap", "gravcomp"] + orientation,
      silent: ["user", "sleep", "simple", "fuse"]),
    "inertial": Entry(read: ["pos", "mass", "diaginertia", "fullinertia"] + orientation),
    "freejoint": Entry(
      read: ["name"], silent: ["group"], lost: ["align": Loss("it keeps its frame", neutral: "false", "auto")]),
    "joint": Entry(
      read: [
        "name", "class", "type", "axis", "pos", "range", "limited", "damping", "armature", "stiffness", "springref",
        "ref", "solreflimit", "solimplimit", "frictionloss", "springdamper", "actuatorfrcrange", "actuatorfrclimited",
      ],
      silent: ["user", "group", "solreffriction", "solimpfriction", "springyield"],
      lost: [
        "margin": Loss("limits begin at the range", neutral: "0"),
        "actuatorgravcomp": Loss("gravity compensation is no part of the motor's force", neutral: "false"),
      ]),
    "geom": Entry(
      read: [
        "name", "class", "type", "size", "pos", "fromto", "density", "mass", "friction", "condim", "solref", "solimp",
        "margin", "contype", "conaffinity", "rgba", "material", "group", "mesh", "fitscale", "hfield",
      ] + orientation,
      silent: ["user", "castshadow"],
      lost: [
        "priority": Loss("contact parameters are averaged", neutral: "0"),
        "solmix": Loss("contact parameters are averaged", neutral: "1"),
        "gap": Loss("contacts act from the margin on", neutral: "0"),
        "shellinertia": Loss("it weighs as a solid", neutral: "false"),
        "fluidshape": Loss("the fluid drags the body's inertia box", neutral: "none"),
        "fluidcoef": "the fluid drags the body's inertia box",
        "adhesion": Loss("it does not stick", neutral: "0"),
        "surfacevel": "its surface is at rest",
      ]),
    "site": Entry(
      read: ["name", "class", "type", "size", "pos", "fromto"] + orientation,
      silent: ["group", "material", "rgba", "user", "mesh"]),
    "camera": Entry(
      read: ["name", "class", "mode", "target", "pos", "fovy"] + orientation,
      silent: ["user", "ipd", "resolution", "output", "group"],
      lost: [
        "orthographic": Loss("it is drawn in perspective", neutral: "false"),
        "projection": Loss("it is drawn in perspective", neutral: "perspective"),
        "sensorsize": Loss("its angle is fovy", neutral: "0 0"), "focal": Loss("its angle is fovy", neutral: "0 0"),
        "focalpixel": Loss("its angle is fovy", neutral: "0 0"),
        "principal": Loss("it looks along its axis", neutral: "0 0"),
        "principalpixel": Loss("it looks along its axis", neutral: "0 0"),
      ]),
    "mesh": Entry(
      read: ["name", "class", "file", "scale", "vertex", "face", "refpos", "refquat", "inertia", "maxhullvert"],
      silent: ["normal", "texcoord", "smoothnormal", "content_type", "material", "octree_maxdepth"],
      lost: ["builtin": "it is left out", "params": "it is left out"]),
    "hfield": Entry(read: ["name", "file", "content_type", "nrow", "ncol", "size", "elevation"]),
    "material": Entry(
      read: ["name", "class", "rgba"],
      silent: [
        "texture", "texrepeat", "texuniform", "emission", "specular", "shininess", "reflectance", "metallic",
        "roughness",
      ]),
    "motor": actuator(),
    "general": actuator([
      "dyntype", "gaintype", "biastype", "dynprm", "gainprm", "biasprm",
    ]),
    "position": actuator(["kp", "kv", "dampratio", "timeconst", "inheritrange"]), "velocity": actuator(["kv"]),
    "exclude": Entry(read: ["name", "body1", "body2"]),
    "pair": Entry(
      read: ["name", "class", "geom1", "geom2", "condim", "friction", "margin", "solref", "solimp"],
      silent: ["solreffriction"],
      lost: [
        "gap": Loss("contacts act from the margin on", neutral: "0"),
        "adhesion": Loss("it does not stick", neutral: "0"),
      ]),
    "fixed": tendon(), "spatial": tendon(),
    "connect": Entry(
      read: ["name", "class", "active", "body1", "body2", "anchor", "site1", "site2"], silent: soft),
    "weld": Entry(
      read: ["name", "class", "active", "body1", "body2", "relpose", "site1", "site2"],
      silent: soft + ["anchor", "torquescale"]),
    "equality/joint": Entry(
      read: ["name", "class", "active", "joint1", "joint2", "polycoef"], silent: soft),
    "default/equality": Entry(read: ["active"], silent: soft),
    "key": Entry(
      read: ["name", "qpos", "qvel", "ctrl"], silent: ["time", "act", "mpos", "mquat", "plastic"]),
  ]

  private static func actuator(_ own: [String] = []) -> Entry {
    Entry(
      read: [
        "name", "class", "joint", "jointinparent", "tendon", "gear", "ctrlrange", "ctrllimited", "forcerange",
        "forcelimited",
      ] + own,
      silent: [
        "group", "user", "lengthrange", "actlimited", "actrange", "actdim", "actearly", "cranklength", "interp",
        "input", "site", "refsite", "body", "cranksite", "slidersite",
      ],
      lost: [
        "armature": Loss("give the joint an armature", neutral: "0"),
        "damping": Loss("give the joint a damping", neutral: "0"),
        "delay": Loss("it acts at once", neutral: "0"), "nsample": Loss("it acts at once", neutral: "0"),
        "velrange": "its set speed is not bounded", "ffrange": "its feedforward is not bounded",
      ])
  }

  private static func tendon() -> Entry {
    Entry(
      read: ["name", "class"],
      silent: [
        "group", "user", "width", "material", "rgba", "springyield", "solreflimit", "solimplimit", "solreffriction",
        "solimpfriction", "limited", "actuatorfrclimited",
      ],
      lost: [
        "range": "its length is not limited", "margin": Loss("its length is not limited", neutral: "0"),
        "stiffness": Loss("it has no spring", neutral: "0"), "damping": Loss("it has no damping", neutral: "0"),
        "frictionloss": Loss("it has no friction", neutral: "0"), "armature": Loss("it has no inertia", neutral: "0"),
        "springlength": "it has no spring", "actuatorfrcrange": "its force is not bounded",
      ])
  }

  /// Elements without a meaning here, wherever they stand: drawing, memory, users' own data.
  static let silentElements: Set<String> = [
    "visual", "statistic", "size", "custom", "light", "texture", "skin", "lengthrange", "layer",
  ]

  /// Elements that are left out with a warning, and what that means.
  static let lostElements: [String: String] = [
    "composite": "its bodies are not there", "flexcomp": "its soft body is not there",
    "deformable": "its soft bodies are not there", "extension": "plugins are not run", "plugin": "plugins are not run",
  ]

  /// Kinds of actuator that share one set of defaults, and those of them that are read.
  static let actuators: Set<String> = [
    "general", "motor", "position", "velocity", "intvelocity", "damper", "cylinder", "muscle", "adhesion", "plugin",
    "dcmotor", "pid", "orientation",
  ]
  /// Elements that a class gives attributes to, beside actuators; and the entry of those that stand for several others.
  static let defaultElements: Set<String> = [
    "geom", "joint", "site", "camera", "mesh", "material", "pair", "tendon", "equality",
  ]
  static let defaultEntries = ["tendon": "fixed", "equality": "default/equality"]

  /// The element of a class that an element takes its attributes from.
  static func defaultKey(of kind: String) -> String {
    switch kind {
    case "fixed", "spatial": "tendon"
    case "connect", "weld", "equality/joint": "equality"
    default: actuators.contains(kind) ? "general" : kind
    }
  }

  static let readActuators: Set<String> = ["general", "motor", "position", "velocity"]

  /// Flags that change how MuJoCo computes, not what.
  static let harmlessFlags: Set<String> = [
    "warmstart", "energy", "fwdinv", "multiccd", "midphase", "nativeccd", "island", "autoreset", "sensor", "eulerdamp",
    "refsafe", "invdiscrete", "clampctrl", "sleep", "diagexact", "ipc", "speculative",
  ]
}
